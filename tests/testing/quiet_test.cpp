// What every kernel does without being waited for: quiet sends, and sockets that are closed by the way.

#include "testing/each_kernel.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

kernel::Description quiet_send(int fd, std::string_view bytes) {
    kernel::Description what = send_from(fd, bytes, MSG_WAITALL);
    what.quiet = true;
    return what;
}

// Tries as all sends do, and no more.
kernel::Description quiet_send_without_flags(int fd, std::string_view bytes) {
    kernel::Description what = quiet_send(fd, bytes);
    what.flags = MSG_NOSIGNAL;
    return what;
}

} // namespace

TEST_CASE("a quiet send is told with what comes next, if it is all that happens") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = tcp_pair(kernel);
        Probe timer(timer_at(kernel.now() + 20ms));
        Probe send(quiet_send(a, "quiet"));
        kernel.submit(timer);
        kernel.submit(send);
        finish(kernel, timer);
        CHECK(send.done());
        CHECK(send.result() == 5);
        CHECK(receive(kernel, b) == "quiet");
        close_all(kernel, {a, b});
    });
}

TEST_CASE("a quiet send is told at once where nothing else is under way, and where the kernel is hastened") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = tcp_pair(kernel);
        TimePoint begin = kernel.now();
        CHECK(perform(kernel, quiet_send(a, "one")) == 3);

        char byte;
        Probe waits(receive_into(a, {&byte, 1}));
        Probe send(quiet_send(a, "two"));
        kernel.submit(waits);
        kernel.submit(send);
        kernel.hasten();
        finish(kernel, send);
        CHECK(send.result() == 3);

        kernel.submit(send);
        kernel.cancel(send);
        finish(kernel, send);
        CHECK((send.result() == 3 || send.result() == -ECANCELED));
        CHECK(kernel.now() - begin < 10s);
        CHECK(waits.in_flight());
        kernel.cancel(waits);
        finish(kernel, waits);
        close_all(kernel, {a, b});
    });
}

TEST_CASE("an entry with nothing under way waits for its deadline") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = unix_pair(kernel);
        CHECK(perform(kernel, quiet_send(a, "x")) == 1);
        std::uint64_t entries = kernel.entries();
        TimePoint deadline = kernel.now() + 50ms;
        while (kernel.now() < deadline) kernel.enter(deadline);
        CHECK(kernel.entries() - entries < 10);
        close_all(kernel, {a, b});
    });
}

TEST_CASE("a quiet send that fails, or would have to wait, says so at once") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = unix_pair(kernel);
        char byte;
        std::string much(8 << 20, 'm');
        int some = perform(kernel, quiet_send(a, much));
        CHECK(some > 0);
        CHECK(some < static_cast<int>(much.size()));
        TimePoint begin = kernel.now();
        auto idle = unix_pair(kernel);
        Probe other(receive_into(idle.b, {&byte, 1})); // so that it is waited for something
        kernel.submit(other);
        CHECK(perform(kernel, quiet_send(a, much)) == -EAGAIN);
        int part = perform(kernel, quiet_send_without_flags(idle.b, much));
        CHECK(part > 0);
        CHECK(part < static_cast<int>(much.size()));
        kernel.close_now(b);
        CHECK(perform(kernel, quiet_send(a, "x")) == -EPIPE);
        CHECK(perform(kernel, quiet_send(987'654'321, "x")) == -EBADF);
        CHECK(kernel.now() - begin < 10s);
        kernel.cancel(other);
        finish(kernel, other);
        close_all(kernel, {a, idle.a, idle.b});
    });
}

TEST_CASE("more quiet sends than the queue has room for are all told") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = unix_pair(kernel);
        constexpr std::size_t count = 3000;
        std::vector<std::unique_ptr<Probe>> sends;
        std::size_t received = 0;
        for (std::size_t i = 0; i < count; ++i) {
            sends.push_back(std::make_unique<Probe>(quiet_send(a, "q")));
            kernel.submit(*sends.back());
        }
        while (kernel.in_flight() != 0) kernel.enter(std::nullopt);
        std::size_t sent = 0;
        for (auto& send : sends) {
            REQUIRE(send->completions.size() == 1);
            if (send->result() == 1) ++sent;
        }
        CHECK(sent > 0);
        kernel.close_now(a);
        for (std::string part; !(part = receive(kernel, b, 10'000)).empty();) received += part.size();
        CHECK(received == sent);
        kernel.close_now(b);
    });
}

TEST_CASE("a socket is made by an operation, or refused") {
    on_each_kernel([](Kernel& kernel) {
        int listener = listen_at(kernel, ipv4("127.0.0.1", 0));
        auto address = ipv4("127.0.0.1", port_of(kernel, listener));
        int client = perform(kernel, {.opcode = Opcode::socket, .flags = AF_INET});
        REQUIRE(client >= 0);
        CHECK(perform(kernel, connect_to(client, address)) == 0);
        CHECK(perform(kernel, {.opcode = Opcode::socket, .flags = 9999}) == -EAFNOSUPPORT);
        close_all(kernel, {client, listener});
    });
}

TEST_CASE("a socket that is to be closed by the way is closed with the next entry") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = tcp_pair(kernel);
        kernel.close_soon(a);
        while (kernel.in_flight() != 0) kernel.enter(std::nullopt);
        CHECK(receive(kernel, b) == "");
        CHECK(perform(kernel, on(Opcode::receive, a)) == -EBADF);
        kernel.close_now(b);
    });
}

TEST_CASE("a socket that is to be closed by the way is closed with the kernel, too") {
    auto kernel = uring();
    if (!kernel) return;
    auto [a, b] = unix_pair(*kernel);
    kernel->close_soon(a);
    kernel.reset();
    char byte;
    CHECK(::recv(b, &byte, 1, MSG_DONTWAIT) == 0);
    ::close(b);
}

TEST_CASE("at the limit of descriptors, those that are to be closed by the way make room for new ones") {
    auto kernel = uring();
    if (!kernel) return;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit few{.rlim_cur = 64, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    std::vector<int> sockets;
    int made = 0;
    while ((made = kernel->socket(AF_INET, SOCK_STREAM, 0)) >= 0) sockets.push_back(made);
    CHECK(made == -EMFILE);
    auto leave = [&] {
        kernel->close_soon(sockets.back());
        sockets.pop_back();
    };
    REQUIRE(sockets.size() > 4);
    leave();
    made = kernel->socket(AF_INET, SOCK_STREAM, 0);
    CHECK(made >= 0);
    leave();
    leave();
    int pair[2] = {-1, -1};
    CHECK(kernel->socket_pair(AF_UNIX, SOCK_STREAM, pair) == 0);
    sockets.insert(sockets.end(), {made, pair[0], pair[1]});
    for (int fd : sockets)
        if (fd >= 0) kernel->close_now(fd);
    while (kernel->in_flight() != 0) kernel->enter(std::nullopt);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
