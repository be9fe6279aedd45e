// Connections whose maker is the first to speak: the handshake's last packet goes with what it says.

#include "testing/each_kernel.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

// How many packets a socket had sent when it was connected, and when it had spoken; and how long that took.
struct Spoken {
    unsigned connected, spoken;
    Duration took;
};

unsigned packets_sent(Kernel& kernel, int fd) {
    tcp_info info{};
    socklen_t length = sizeof info;
    REQUIRE(kernel.get_option(fd, IPPROTO_TCP, TCP_INFO, &info, length) == 0);
    return info.tcpi_segs_out;
}

// With so many other operations in the queue before the one that connects.
Spoken speak(Kernel& kernel, bool first, std::size_t beside = 0) {
    int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
    auto address = ipv4("127.0.0.1", port_of(kernel, listener));
    int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(client >= 0);
    std::vector<std::unique_ptr<Probe>> others;
    while (others.size() < beside) {
        others.push_back(std::make_unique<Probe>(kernel::Description{}));
        kernel.submit(*others.back());
    }
    TimePoint begin = kernel.now();
    kernel::Description connecting = connect_to(client, address);
    connecting.speaks_first = first;
    CHECK(perform(kernel, connecting) == 0);
    Spoken told{};
    told.connected = packets_sent(kernel, client);
    CHECK(perform(kernel, send_from(client, "hello", MSG_NOSIGNAL)) == 5);
    told.spoken = packets_sent(kernel, client);
    told.took = kernel.now() - begin;
    int server = perform(kernel, {.opcode = kernel::Opcode::accept, .fd = listener});
    CHECK(receive(kernel, server) == "hello");
    for (auto& other : others) finish(kernel, *other);
    close_all(kernel, {client, server, listener});
    return told;
}

// The system waits 0.2 s for what is said first; where the machine was busy for longer than that, once more.
Spoken speak_in_time(Kernel& kernel, bool first, std::size_t beside = 0) {
    Spoken told{};
    do told = speak(kernel, first, beside);
    while (told.took > 100ms);
    return told;
}

} // namespace

TEST_CASE("whoever speaks first is connected on every kernel as others are") {
    on_each_kernel([](Kernel& kernel) {
        int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
        auto address = ipv4("127.0.0.1", port_of(kernel, listener));
        int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
        kernel::Description connecting = connect_to(client, address);
        connecting.speaks_first = true;
        CHECK(perform(kernel, connecting) == 0);
        // Also the one that then says nothing.
        int server = perform(kernel, {.opcode = kernel::Opcode::accept, .fd = listener});
        CHECK(perform(kernel, send_from(server, "at last", MSG_NOSIGNAL)) == 7);
        CHECK(receive(kernel, client) == "at last");
        close_all(kernel, {client, server, listener});
    });
}

TEST_CASE("the handshake of whoever speaks first ends with what is said") {
    auto kernel = uring();
    if (!kernel) return;
    Spoken others = speak_in_time(*kernel, false);
    CHECK(others.connected == 2);
    CHECK(others.spoken == 3);
    Spoken first = speak_in_time(*kernel, true);
    CHECK(first.connected == 1);
    CHECK(first.spoken == 2);
}

TEST_CASE("whoever speaks first does so however little room the queue has") {
    auto kernel = uring_with({.submission_entries = 4});
    if (!kernel) return;
    for (std::size_t beside = 0; beside < 9; ++beside) {
        CAPTURE(beside);
        Spoken first = speak_in_time(*kernel, true, beside);
        CHECK(first.connected == 1);
        CHECK(first.spoken == 2);
    }
}
