// What a FaultyKernel does to operations, in front of each kernel there is.

#include <corduroy/testing/faulty_kernel.hpp>

#include "testing/each_kernel.hpp"

#include <unistd.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

template <class Body>
void before_each_kernel(Body body) {
    for (const KernelFactory& factory : kernels) {
        INFO("in front of the kernel: " << std::string(factory.name));
        auto inner = factory.make();
        if (!inner) continue;
        FaultyKernel kernel(std::move(inner));
        int ends[2];
        REQUIRE(kernel.socket_pair(AF_UNIX, SOCK_STREAM, ends) == 0);
        body(kernel, ends[0], ends[1]);
        CHECK(kernel.in_flight() == 0);
        CHECK(kernel.buffers_out() == 0);
        kernel.close_now(ends[0]);
        kernel.close_now(ends[1]);
        settle(kernel);
        CHECK(kernel.inner().in_flight() == 0);
    }
}

} // namespace

TEST_CASE("without a fault a faulty kernel passes everything on") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        CHECK(send_all(kernel, here, "hello") == 5);
        CHECK(receive(kernel, there) == "hello");
        CHECK(kernel.strikes() == 0);
    });
}

TEST_CASE("an operation that is to fail is never submitted: its bytes stay where they are") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::error(ECONNRESET).on(Opcode::receive).nth(2));
        kernel.add(Fault::error(EPIPE).on(Opcode::send).nth(3));
        CHECK(send_all(kernel, here, "one") == 3);
        CHECK(receive(kernel, there, 2) == "on");
        CHECK(receive(kernel, there) == "-ECONNRESET");
        CHECK(receive(kernel, there) == "e");
        CHECK(send_all(kernel, here, "two") == 3);
        CHECK(send_all(kernel, here, "lost") == -EPIPE);
        CHECK(receive(kernel, there) == "two");
        CHECK(kernel.strikes() == 2);
    });
}

TEST_CASE("reads and writes are shortened, provided buffers and MSG_WAITALL included") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::shorten(2).on(Opcode::send).nth(2));
        kernel.add(Fault::shorten(1).on(Opcode::receive).nth(1, 2));
        CHECK(send_all(kernel, here, "abcdef") == 6);
        CHECK(send_all(kernel, here, "ghi") == 2);
        CHECK(receive(kernel, there) == "a");
        Probe provided(receive_provided(there));
        kernel.submit(provided);
        finish(kernel, provided);
        REQUIRE(provided.result() == 1);
        CHECK(static_cast<char>(kernel.buffer(provided.completions[0].buffer)[0]) == 'b');
        kernel.give_back(provided.completions[0].buffer);
        CHECK(receive(kernel, there) == "cdefgh");
    });
}

TEST_CASE("a delayed operation is submitted late, and one that is cancelled before never") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::delay(20ms).on(Opcode::send).nth(1, 2));
        TimePoint start = kernel.now();
        CHECK(send_all(kernel, here, "x") == 1);
        CHECK(kernel.now() - start >= 20ms);
        Probe second(send_from(here, "y"));
        kernel.submit(second);
        settle(kernel);
        kernel.cancel(second);
        finish(kernel, second);
        CHECK(second.result() == -ECANCELED);
        CHECK(receive(kernel, there, 10) == "x");
    });
}

TEST_CASE("a held completion comes behind later ones") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::hold(20ms).on(Opcode::send).nth(1));
        std::vector<int> order;
        Probe held(send_from(here, "x"), &order, 1);
        char room[8];
        Probe reading(receive_into(there, room), &order, 2);
        kernel.submit(held);
        kernel.submit(reading);
        finish(kernel, held);
        finish(kernel, reading);
        CHECK(order == std::vector<int>{2, 1});
        CHECK(held.result() == 1);
    });
}

TEST_CASE("a cancel that comes while the completion is held has lost the race, and ends the wait") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::hold(1h).on(Opcode::receive));
        CHECK(send_all(kernel, here, "x") == 1);
        char room[8];
        Probe reading(receive_into(there, room));
        bool held = false;
        kernel.on_held([&] { held = true; });
        kernel.submit(reading);
        while (!held) kernel.enter(kernel.now() + 1s);
        CHECK(reading.in_flight());
        kernel.cancel(reading);
        finish(kernel, reading);
        CHECK(reading.result() == 1);
    });
}

TEST_CASE("an operation that is deaf to its cancel can succeed after it, and is cancelled where it does not") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        kernel.add(Fault::deaf(20ms).on(Opcode::receive).nth(1, 2));
        char room[8];
        Probe first(receive_into(there, room));
        kernel.submit(first);
        settle(kernel);
        kernel.cancel(first);
        settle(kernel);
        CHECK(first.in_flight());
        CHECK(send_all(kernel, here, "x") == 1);
        finish(kernel, first);
        CHECK(first.result() == 1);
        Probe second(receive_into(there, room));
        kernel.submit(second);
        settle(kernel);
        kernel.cancel(second);
        finish(kernel, second);
        CHECK(second.result() == -ECANCELED);
    });
}

TEST_CASE("accepting fails for want of descriptors, and the connection waits for the next accept") {
    before_each_kernel([](FaultyKernel& kernel, int, int) {
        kernel.add(Fault::error(EMFILE).on(Opcode::accept));
        sockaddr_in address = ipv4("127.0.0.1", 0);
        int listener = listen_at(kernel, address);
        address.sin_port = htons(port_of(kernel, listener));
        int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
        CHECK(perform(kernel, connect_to(client, address)) == 0);
        CHECK(perform(kernel, on(Opcode::accept, listener)) == -EMFILE);
        int server = perform(kernel, on(Opcode::accept, listener));
        CHECK(server >= 0);
        for (int fd : {server, client, listener}) kernel.close_now(fd);
    });
}

TEST_CASE("new sockets are refused, as many as asked for") {
    before_each_kernel([](FaultyKernel& kernel, int, int) {
        kernel.refuse_sockets(EMFILE, 1, 1);
        int first = kernel.socket(AF_INET, SOCK_STREAM, 0);
        CHECK(kernel.socket(AF_INET, SOCK_STREAM, 0) == -EMFILE);
        int third = kernel.socket(AF_INET, SOCK_STREAM, 0);
        CHECK(first >= 0);
        CHECK(third >= 0);
        kernel.close_now(first);
        kernel.close_now(third);
    });
}

TEST_CASE(
    "faults by probability follow from their seed, and only those operations count that the filter lets through") {
    auto strikes = [](std::uint64_t seed) {
        FaultyKernel kernel(simulated());
        kernel.add(Fault::error(EINTR).with_probability(0.3, seed));
        kernel.only([](const kernel::Description& what) { return what.opcode == Opcode::nop; });
        std::string struck;
        for (int i = 0; i < 200; ++i) struck += perform(kernel, on(Opcode::nop, -1)) == -EINTR ? '1' : '0';
        CHECK(perform(kernel, timer_at(kernel.now())) == 0);
        CHECK(kernel.strikes() > 30);
        CHECK(kernel.strikes() < 90);
        return struck;
    };
    CHECK(strikes(1) == strikes(1));
    CHECK(strikes(1) != strikes(2));
}

TEST_CASE("memory that an operation in flight works on is found") {
    before_each_kernel([](FaultyKernel& kernel, int here, int there) {
        struct {
            char room[16];
            char behind[2];
        } memory;
        char(&room)[16] = memory.room;
        Probe reading(receive_into(there, room));
        kernel.submit(reading);
        CHECK(kernel.working_on(room + 15, room + 16) != nullptr);
        CHECK(kernel.working_on(&reading, &reading + 1) != nullptr);
        CHECK(kernel.working_on(memory.behind, memory.behind + 1) == nullptr);
        CHECK(send_all(kernel, here, "x") == 1);
        finish(kernel, reading);
        CHECK(kernel.working_on(room, room + 16) == nullptr);
    });
}
