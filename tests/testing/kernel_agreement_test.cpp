// What every kernel does: one table of behaviours, run on each of them.

#include "testing/each_kernel.hpp"

#include "support/run_test.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::testing;

namespace {

// The same on a TCP connection and on a Unix one.
template <class Body>
void on_each_pair(Body body) {
    on_each_kernel([&](Kernel& kernel) {
        for (bool tcp : {true, false}) {
            CAPTURE(tcp);
            body(kernel, tcp ? tcp_pair(kernel) : unix_pair(kernel), tcp);
        }
    });
}

int shut(Kernel& kernel, int fd, int how) {
    return perform(kernel, {.opcode = Opcode::shutdown, .fd = fd, .flags = static_cast<unsigned>(how)});
}

int ready_events(Kernel& kernel, int fd) { return perform(kernel, poll_of(fd, POLLIN | POLLOUT | POLLRDHUP)); }

} // namespace

TEST_CASE("a no-op completes with 0, a bad descriptor with -EBADF, and a record can be used again") {
    on_each_kernel([](Kernel& kernel) {
        Probe probe;
        kernel.submit(probe);
        CHECK(probe.in_flight());
        CHECK(kernel.in_flight() == 1);
        finish(kernel, probe);
        CHECK(probe.result() == 0);
        probe.description = on(Opcode::receive, 987'654'321);
        kernel.submit(probe);
        finish(kernel, probe);
        CHECK(probe.result() == -EBADF);
        CHECK(probe.completions.size() == 2);
        CHECK(kernel.set_option(987'654'321, SOL_SOCKET, SO_KEEPALIVE, &probe, 4) == -EBADF);
    });
}

TEST_CASE("timers complete at their deadlines, in order, and not before") {
    on_each_kernel([](Kernel& kernel) {
        std::vector<int> log;
        TimePoint begin = kernel.now();
        Probe late(timer_at(begin + 20ms), &log, 2), early(timer_at(begin + 5ms), &log, 1),
            past(timer_at(begin - 1s), &log, 0);
        kernel.submit(late);
        kernel.submit(early);
        kernel.submit(past);
        finish(kernel, late);
        CHECK(log == std::vector<int>{0, 1, 2});
        CHECK(kernel.now() >= begin + 20ms);
        CHECK(late.result() == 0);
    });
}

TEST_CASE("enter returns when its deadline passes, though nothing completes") {
    on_each_kernel([](Kernel& kernel) {
        TimePoint deadline = kernel.now() + 5ms;
        while (kernel.now() < deadline) kernel.enter(deadline);
        CHECK(kernel.now() >= deadline);
    });
}

TEST_CASE("a wake lets the next enter return") {
    on_each_kernel([](Kernel& kernel) {
        kernel.wake();
        TimePoint begin = kernel.now();
        kernel.enter(begin + 30s);
        CHECK(kernel.now() < begin + 30s);
    });
}

TEST_CASE("a cancelled operation completes once more, with -ECANCELED") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = unix_pair(kernel);
        char byte;
        Probe timer(timer_at(kernel.now() + 30s));
        Probe receive(receive_into(a, {&byte, 1}));
        Probe poll(poll_of(a, POLLIN));
        for (Probe* probe : {&timer, &receive, &poll}) kernel.submit(*probe);
        settle(kernel);
        CHECK(kernel.in_flight() == 3);
        for (Probe* probe : {&timer, &receive, &poll}) {
            kernel.cancel(*probe);
            kernel.cancel(*probe);
            CHECK(probe->in_flight());
        }
        for (Probe* probe : {&timer, &receive, &poll}) {
            finish(kernel, *probe);
            CHECK(probe->result() == -ECANCELED);
            CHECK(probe->completions.size() == 1);
        }
        close_all(kernel, {a, b});
    });
}

TEST_CASE("a cancel in the turn of the submission finds its operation, and hurts no later one of the same record") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = unix_pair(kernel);
        char byte;
        Probe probe(receive_into(a, {&byte, 1}));
        kernel.submit(probe);
        kernel.cancel(probe);
        finish(kernel, probe);
        CHECK(probe.result() == -ECANCELED);

        CHECK(send_all(kernel, b, "x") == 1);
        kernel.submit(probe);
        kernel.cancel(probe); // too late: the byte is there when the operation is taken up
        finish(kernel, probe);
        CHECK(probe.result() == 1);

        kernel.submit(probe);
        settle(kernel);
        CHECK(probe.in_flight());
        kernel.cancel(probe);
        finish(kernel, probe);
        close_all(kernel, {a, b});
    });
}

TEST_CASE("a receive waits for bytes, and gives what there is") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        char bytes[100];
        Probe probe(receive_into(pair.a, bytes));
        kernel.submit(probe);
        settle(kernel);
        CHECK(probe.in_flight());
        CHECK(send_all(kernel, pair.b, "hello") == 5);
        finish(kernel, probe);
        CHECK(std::string_view(bytes, 5) == "hello");
        CHECK(probe.result() == 5);
        CHECK(send_all(kernel, pair.b, "abcdef") == 6);
        CHECK(receive(kernel, pair.a, 4) == "abcd");
        CHECK(receive(kernel, pair.a, 4) == "ef");
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("receive flags: a peek leaves the bytes, no wait gives -EAGAIN, wait for all waits for all") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        CHECK(receive(kernel, pair.a, 9, MSG_DONTWAIT) == "-" + std::to_string(EAGAIN));
        CHECK(send_all(kernel, pair.b, "abc") == 3);
        CHECK(receive(kernel, pair.a, 9, MSG_PEEK) == "abc");
        char bytes[6];
        Probe all(receive_into(pair.a, bytes, MSG_WAITALL));
        kernel.submit(all);
        settle(kernel);
        CHECK(all.in_flight());
        CHECK(send_all(kernel, pair.b, "defg") == 4);
        finish(kernel, all);
        CHECK(std::string_view(bytes, 6) == "abcdef");
        CHECK(receive(kernel, pair.a) == "g");
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("a receive that waits first takes what comes, and what was there already") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        char bytes[10];
        Probe probe(receive_into(pair.a, bytes));
        probe.description.wait_first = true;
        for (const char* text : {"one", "two"}) {
            if (text[0] == 't') CHECK(send_all(kernel, pair.b, text) == 3);
            kernel.submit(probe);
            if (text[0] == 'o') CHECK(send_all(kernel, pair.b, text) == 3);
            finish(kernel, probe);
            CHECK(std::string_view(bytes, 3) == text);
        }
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("a receive into a provided buffer names it, keeps none at the end of the stream, and says when more waits") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = tcp_pair(kernel);
        Probe probe(receive_provided(a));
        kernel.submit(probe);
        settle(kernel);
        CHECK(send_all(kernel, b, std::string(8192, 'x') + "tail") == 8196);
        finish(kernel, probe);
        REQUIRE(probe.result() == 8192);
        REQUIRE(probe.completions[0].has_buffer);
        CHECK(probe.completions[0].more_to_receive);
        std::uint16_t first = probe.completions[0].buffer;
        CHECK(kernel.buffer(first)[8191] == std::byte{'x'});

        kernel.submit(probe);
        finish(kernel, probe);
        CHECK(probe.result() == 4);
        CHECK_FALSE(probe.completions[1].more_to_receive);
        CHECK(probe.completions[1].buffer != first);
        CHECK(kernel.buffer(probe.completions[1].buffer)[0] == std::byte{'t'});
        CHECK(kernel.buffers_out() == 2);
        CHECK(kernel.completions() >= 2);
        CHECK(kernel.entries() >= 2);
        for (const Completion& completion : probe.completions) kernel.give_back(completion.buffer);
        CHECK(kernel.buffers_out() == 0);

        kernel.close_now(b);
        kernel.submit(probe);
        finish(kernel, probe);
        CHECK(probe.result() == 0);
        CHECK_FALSE(probe.completions[2].has_buffer);
        kernel.close_now(a);
    });
}

TEST_CASE("a send of all completes only when all is taken; one without takes what fits") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        std::string much(8 << 20, 'm');
        Probe probe(send_from(pair.a, much, MSG_WAITALL));
        kernel.submit(probe);
        settle(kernel);
        CHECK(probe.in_flight());
        std::size_t received = 0;
        while (received < much.size()) received += receive(kernel, pair.b, 1 << 20).size();
        finish(kernel, probe);
        CHECK(probe.result() == static_cast<int>(much.size()));

        int some = perform(kernel, send_from(pair.a, much));
        CHECK(some > 0);
        CHECK(some < static_cast<int>(much.size()));
        CHECK(perform(kernel, send_from(pair.a, much, MSG_DONTWAIT)) == -EAGAIN);
        kernel.submit(probe);
        settle(kernel);
        CHECK(probe.in_flight());
        kernel.cancel(probe);
        finish(kernel, probe);
        CHECK(probe.result() == -ECANCELED);
        close_all(kernel, {pair.b, pair.a});
    });
}

TEST_CASE("a cancelled send of all tells how many bytes it had moved") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        std::string much(8 << 20, 'm');
        Probe probe(send_from(pair.a, much, MSG_WAITALL));
        kernel.submit(probe);
        settle(kernel);
        kernel.cancel(probe);
        finish(kernel, probe);
        REQUIRE(probe.result() > 0);
        CHECK(probe.result() < static_cast<int>(much.size()));
        CHECK(shut(kernel, pair.a, SHUT_WR) == 0);
        std::size_t received = 0;
        for (std::string part; !(part = receive(kernel, pair.b, 1 << 20)).empty();) received += part.size();
        CHECK(received == static_cast<std::size_t>(probe.result()));
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("after a clean close the peer reads the rest and the end, and its second send fails") {
    on_each_pair([](Kernel& kernel, Pair pair, bool tcp) {
        CHECK(send_all(kernel, pair.b, "bye") == 3);
        CHECK(perform(kernel, on(Opcode::close, pair.b)) == 0);
        CHECK(ready_events(kernel, pair.a) == (POLLIN | POLLOUT | POLLRDHUP | (tcp ? 0 : POLLHUP)));
        CHECK(receive(kernel, pair.a) == "bye");
        CHECK(receive(kernel, pair.a) == "");
        CHECK(send_all(kernel, pair.a, "x") == (tcp ? 1 : -EPIPE));
        CHECK(send_all(kernel, pair.a, "x") == -EPIPE);
        CHECK(receive(kernel, pair.a) == "");
        kernel.close_now(pair.a);
    });
}

TEST_CASE("a close over unread bytes resets the connection; what came before can still be read") {
    on_each_pair([](Kernel& kernel, Pair pair, bool tcp) {
        CHECK(send_all(kernel, pair.b, "before") == 6);
        CHECK(send_all(kernel, pair.a, "unread") == 6);
        kernel.close_now(pair.b);
        CHECK(ready_events(kernel, pair.a) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR));
        CHECK(receive(kernel, pair.a) == "before");
        CHECK(receive(kernel, pair.a) == "-ECONNRESET");
        CHECK(receive(kernel, pair.a) == "");
        CHECK(send_all(kernel, pair.a, "x") == -EPIPE);
        CHECK(shut(kernel, pair.a, SHUT_WR) == (tcp ? -ENOTCONN : 0));
        kernel.close_now(pair.a);
    });
}

TEST_CASE("a zero linger resets a TCP connection, and a waiting receive learns it") {
    on_each_kernel([](Kernel& kernel) {
        auto [a, b] = tcp_pair(kernel);
        char byte;
        Probe probe(receive_into(a, {&byte, 1}));
        kernel.submit(probe);
        settle(kernel);
        linger at_once{.l_onoff = 1, .l_linger = 0};
        CHECK(kernel.set_option(b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
        kernel.close_now(b);
        finish(kernel, probe);
        CHECK(probe.result() == -ECONNRESET);
        kernel.close_now(a);
    });
}

TEST_CASE("each half of a connection shuts down by itself") {
    on_each_pair([](Kernel& kernel, Pair pair, bool tcp) {
        CHECK(shut(kernel, pair.a, SHUT_WR) == 0);
        CHECK(send_all(kernel, pair.a, "x") == -EPIPE);
        CHECK(receive(kernel, pair.b) == "");
        CHECK(ready_events(kernel, pair.b) == (POLLIN | POLLOUT | POLLRDHUP));
        CHECK(ready_events(kernel, pair.a) == POLLOUT);
        CHECK(send_all(kernel, pair.b, "still open") == 10);
        CHECK(receive(kernel, pair.a) == "still open");
        CHECK(shut(kernel, pair.b, SHUT_WR) == 0);
        CHECK(receive(kernel, pair.a) == "");
        CHECK(ready_events(kernel, pair.a) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
        CHECK(shut(kernel, pair.a, SHUT_WR) == (tcp ? -ENOTCONN : 0));
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("a socket shut for reading reads the end; only a Unix peer is told") {
    on_each_pair([](Kernel& kernel, Pair pair, bool tcp) {
        char byte;
        Probe waiting(receive_into(pair.a, {&byte, 1}));
        kernel.submit(waiting);
        settle(kernel);
        CHECK(shut(kernel, pair.a, SHUT_RD) == 0);
        finish(kernel, waiting);
        CHECK(waiting.result() == 0);
        CHECK(send_all(kernel, pair.b, "yy") == (tcp ? 2 : -EPIPE));
        CHECK(receive(kernel, pair.a) == (tcp ? "yy" : ""));
        close_all(kernel, {pair.a, pair.b});
    });
}

TEST_CASE("closing a descriptor does not end what is under way on it") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        char byte;
        Probe probe(receive_into(pair.a, {&byte, 1}));
        kernel.submit(probe);
        settle(kernel);
        CHECK(perform(kernel, on(Opcode::close, pair.a)) == 0);
        settle(kernel);
        CHECK(probe.in_flight());
        CHECK(send_all(kernel, pair.b, "z") == 1);
        finish(kernel, probe);
        CHECK(probe.result() == 1);
        CHECK(byte == 'z');
        CHECK(receive(kernel, pair.b) == ""); // now the last holder is gone
        kernel.close_now(pair.b);
    });
}

TEST_CASE("a multishot poll completes at each change, until it is cancelled") {
    on_each_pair([](Kernel& kernel, Pair pair, bool) {
        Probe probe(poll_of(pair.a, POLLIN, true));
        kernel.submit(probe);
        settle(kernel);
        CHECK(probe.completions.empty());
        for (std::size_t round = 1; round <= 3; ++round) {
            CHECK(send_all(kernel, pair.b, "x") == 1);
            finish(kernel, probe, round);
            CHECK(probe.completions.back().more);
            CHECK(probe.result() == POLLIN);
            CHECK(receive(kernel, pair.a) == "x");
            settle(kernel);
            CHECK(probe.completions.size() == round);
        }
        kernel.cancel(probe);
        finish(kernel, probe);
        CHECK(probe.result() == -ECANCELED);
        close_all(kernel, {pair.a, pair.b});
    });
}

namespace {

// A signal to the program, as the kernel in question has it.
void send_signal(Kernel& kernel, int number) {
    if (auto* simulated = dynamic_cast<sim::SimKernel*>(&kernel))
        simulated->raise(number);
    else
        ::kill(::getpid(), number);
}

kernel::Description signals_into(std::uint64_t& come, int number) {
    return {.opcode = Opcode::signal, .multishot = true, .data = &come, .offset = std::uint64_t{1} << (number - 1)};
}

} // namespace

TEST_CASE("signals are added to each set that is for them, with a completion where that was empty, until the cancel") {
    on_each_kernel([](Kernel& kernel) {
        std::uint64_t user1 = 0;
        std::uint64_t also_user1 = 0;
        std::uint64_t user2 = 0;
        Probe first(signals_into(user1, SIGUSR1)), second(signals_into(also_user1, SIGUSR1)),
            other(signals_into(user2, SIGUSR2));
        for (Probe* probe : {&first, &second, &other}) kernel.submit(*probe);
        send_signal(kernel, SIGUSR1);
        finish(kernel, first, 1);
        finish(kernel, second, 1);
        CHECK(user1 == std::uint64_t{1} << (SIGUSR1 - 1));
        CHECK(also_user1 == user1);
        CHECK(first.completions[0].more);
        send_signal(kernel, SIGUSR1);
        settle(kernel);
        CHECK(first.completions.size() == 1);
        user1 = also_user1 = 0;
        send_signal(kernel, SIGUSR1);
        finish(kernel, first, 2);
        finish(kernel, second, 2);
        CHECK(other.completions.empty());
        user1 = also_user1 = 0;
        std::uint64_t kill = 0;
        CHECK(perform(kernel, signals_into(kill, SIGKILL)) == -EINVAL);
        for (Probe* probe : {&first, &second, &other}) kernel.cancel(*probe);
        for (Probe* probe : {&first, &second, &other}) {
            finish(kernel, *probe);
            CHECK(probe->result() == -ECANCELED);
        }
    });
}

TEST_CASE("a file is written, read at a place and on from there, and its errors are the system's") {
    on_each_kernel([](Kernel& kernel) {
        std::string path = "/tmp/corduroy-kernel-test-" + std::to_string(::getpid());
        auto open = [&](const std::string& name, unsigned flags) {
            auto data = const_cast<char*>(name.c_str());
            return perform(kernel, {.opcode = Opcode::open, .data = data, .length = 0600, .flags = flags});
        };
        auto transfer = [&](Opcode opcode, int fd, std::string& bytes, std::uint64_t offset) {
            return perform(
                kernel, {.opcode = opcode, .fd = fd, .data = bytes.data(), .length = bytes.size(), .offset = offset});
        };
        CHECK(open(path + "-none", O_RDONLY) == -ENOENT);
        int out = open(path, O_WRONLY | O_CREAT | O_TRUNC);
        REQUIRE(out >= 0);
        std::string text = "hello ", name = "world", buffer(100, '\0'), three(3, '\0');
        CHECK(transfer(Opcode::write, out, text, kernel::current_position) == 6);
        CHECK(transfer(Opcode::write, out, name, kernel::current_position) == 5);
        CHECK(transfer(Opcode::write, out, name, 12) == 5); // leaves a hole of one zero
        CHECK(transfer(Opcode::read, out, buffer, 0) == -EBADF);
        CHECK(open(path, O_WRONLY | O_CREAT | O_EXCL) == -EEXIST);
        int in = open(path, O_RDONLY);
        CHECK(transfer(Opcode::read, in, three, kernel::current_position) == 3);
        CHECK(three == "hel");
        CHECK(transfer(Opcode::read, in, three, 6) == 3);
        CHECK(three == "wor");
        CHECK(transfer(Opcode::read, in, buffer, kernel::current_position) == 14);
        CHECK(buffer.substr(0, 14) == std::string("lo world\0world", 14));
        CHECK(transfer(Opcode::read, in, buffer, kernel::current_position) == 0);
        CHECK(transfer(Opcode::write, in, name, 0) == -EBADF);
        CHECK(perform(kernel, receive_into(in, buffer)) == -ENOTSOCK);
        CHECK(perform(kernel, on(Opcode::close, in)) == 0);
        CHECK(perform(kernel, on(Opcode::close, out)) == 0);
        CHECK(perform(kernel, on(Opcode::close, out)) == -EBADF);
        ::unlink(path.c_str());
    });
}

TEST_CASE("a ring whose buffers cannot be registered leaves nothing mapped or open") {
    if (!uring()) return;
    auto mapped = [] {
        std::ifstream maps("/proc/self/maps");
        return std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n');
    };
    kernel::UringOptions options{.buffers = 3, .buffer_size = 1 << 20}; // which is no power of two
    CHECK_THROWS_AS(kernel::make_uring_kernel(options), IoError);
    auto lines = mapped();
    std::size_t descriptors = open_descriptors();
    for (int i = 0; i < 20; ++i) CHECK_THROWS_AS(kernel::make_uring_kernel(options), IoError);
    CHECK(mapped() < lines + 10);
    CHECK(open_descriptors() == descriptors);
}
