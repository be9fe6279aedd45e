// What only the simulated kernel does: virtual time, seeds, and saying what is wrong.

#include <corduroy/testing/sim_kernel.hpp>

#include "testing/kernel_driver.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <fcntl.h>

using namespace corduroy;
using namespace corduroy::testing;
using sim::SimKernel;
using sim::SimOptions;

namespace {

// The order in which a hundred operations complete that are all ready at once.
std::vector<int> completion_order(const SimOptions& options) {
    SimKernel kernel(options);
    std::vector<int> log;
    std::vector<std::unique_ptr<Probe>> probes;
    for (int i = 0; i < 100; ++i) {
        probes.push_back(std::make_unique<Probe>(kernel::Description{}, &log, i));
        kernel.submit(*probes.back());
    }
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
    return log;
}

std::array<std::byte, 21> drawn(std::uint64_t seed, bool shuffle = false) {
    SimKernel kernel({.seed = seed, .shuffle_completions = shuffle});
    if (shuffle) {
        Probe a, b;
        kernel.submit(a);
        kernel.submit(b);
        kernel.enter(std::nullopt);
    }
    std::array<std::byte, 21> bytes{};
    kernel.random(bytes);
    return bytes;
}

std::string deadlock_of(Kernel& kernel) {
    try {
        kernel.enter(std::nullopt);
    } catch (const Error& error) {
        return error.what();
    }
    return "no deadlock";
}

} // namespace

TEST_CASE("the clocks start at fixed points and jump from timer to timer") {
    SimKernel kernel;
    CHECK(kernel.now() == TimePoint{1000s});
    CHECK(kernel.wall_clock().time_since_epoch() == 1'767'225'600s);
    Probe year(timer_at(kernel.now() + 24h * 365)), hour(timer_at(kernel.now() + 1h));
    kernel.submit(year);
    kernel.submit(hour);
    kernel.enter(std::nullopt);
    CHECK(kernel.now() == SimKernel::start + 1h);
    CHECK(hour.done());
    CHECK(year.in_flight());
    kernel.enter(std::nullopt);
    CHECK(kernel.now() == SimKernel::start + 24h * 365);
    CHECK(year.done());
    CHECK(kernel.wall_clock() == SimKernel::wall_start + 24h * 365);
}

TEST_CASE("enter moves the clock to its deadline, never back, and not while anything is ready") {
    SimKernel kernel;
    kernel.enter(kernel.now() + 3s);
    CHECK(kernel.now() == SimKernel::start + 3s);
    kernel.enter(SimKernel::start);
    CHECK(kernel.now() == SimKernel::start + 3s);

    Probe ready, later(timer_at(kernel.now() + 1s));
    kernel.submit(later);
    kernel.submit(ready);
    kernel.enter(kernel.now() + 10s);
    CHECK(ready.done());
    CHECK(kernel.now() == SimKernel::start + 3s);
    kernel.enter(kernel.now() + 1s); // a timer and the deadline at the same time
    CHECK(later.done());
    CHECK(kernel.now() == SimKernel::start + 4s);
}

TEST_CASE("timers due at the same time complete in the order of their submission") {
    SimKernel kernel;
    std::vector<int> log;
    TimePoint when = kernel.now() + 1s;
    Probe a(timer_at(when), &log, 1), b(timer_at(when - 1ms), &log, 0), c(timer_at(when), &log, 2);
    for (Probe* probe : {&a, &b, &c}) kernel.submit(*probe);
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
    CHECK(log == std::vector<int>{0, 1, 2});
}

TEST_CASE("a timer that came due keeps its completion though it is cancelled; one that had not is withdrawn") {
    SimKernel kernel;
    TimePoint when = kernel.now() + 1s;
    std::vector<std::unique_ptr<Probe>> probes;
    for (int i = 0; i < 21; ++i) {
        probes.push_back(std::make_unique<Probe>(timer_at(when)));
        kernel.submit(*probes.back());
    }
    Probe later(timer_at(when + 1s));
    kernel.submit(later);
    kernel.enter(std::nullopt);
    REQUIRE(probes[20]->in_flight()); // the 21st of a wait for twenty
    kernel.cancel(*probes[20]);
    kernel.cancel(later);
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
    CHECK(probes[20]->result() == 0);
    CHECK(later.result() == -ECANCELED);
    CHECK(kernel.now() == when);
}

TEST_CASE("a receive whose bytes have come is not undone by a cancel; one cancelled before they come is") {
    SimKernel kernel;
    auto [a, b] = unix_pair(kernel);
    std::string bytes(4, '\0');
    Probe receiving(receive_into(a, bytes)), sending(send_from(b, "data"));
    for (bool cancel_first : {false, true}) {
        CAPTURE(cancel_first);
        kernel.submit(receiving);
        settle(kernel);
        if (cancel_first) kernel.cancel(receiving);
        kernel.submit(sending);
        if (!cancel_first) kernel.cancel(receiving);
        finish(kernel, receiving);
        CHECK(receiving.result() == (cancel_first ? -ECANCELED : 4));
    }
    CHECK(receive(kernel, a) == "data");
    close_all(kernel, {a, b});
}

TEST_CASE("a multishot accept whose cancel loses the race gives one more connection, then ends") {
    SimKernel kernel;
    int listener = listen_at(kernel, ipv4("10.1.2.3", 80));
    auto address = ipv4("10.1.2.3", 80);
    kernel::Description description = on(Opcode::accept, listener);
    description.multishot = true;
    Probe accept(description);
    kernel.submit(accept);
    settle(kernel);
    int first = kernel.socket(AF_INET, SOCK_STREAM, 0), second = kernel.socket(AF_INET, SOCK_STREAM, 0);
    Probe to_first(connect_to(first, address)), to_second(connect_to(second, address));
    kernel.submit(to_first);
    kernel.submit(to_second);
    kernel.cancel(accept);
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
    REQUIRE(accept.completions.size() == 2);
    CHECK(accept.completions[0].more);
    CHECK(accept.completions[1].result == -ECANCELED);
    CHECK(perform(kernel, poll_of(listener, POLLIN)) == POLLIN); // the second is still there for another accept
    close_all(kernel, {accept.completions[0].result, listener, first, second});
    CHECK(kernel.open_descriptors() == 0);
}

TEST_CASE("an enter delivers at most as many completions as the option says") {
    for (unsigned limit : {1u, 20u}) {
        SimKernel kernel({.completions_per_enter = limit});
        std::vector<std::unique_ptr<Probe>> probes;
        for (unsigned i = 0; i <= limit; ++i) {
            probes.push_back(std::make_unique<Probe>());
            kernel.submit(*probes.back());
        }
        kernel.enter(std::nullopt);
        CHECK(kernel.in_flight() == 1);
        kernel.enter(std::nullopt);
        CHECK(kernel.in_flight() == 0);
    }
}

TEST_CASE("completions come first in first out, or in an order that the seed repeats") {
    std::vector<int> in_order = completion_order({});
    CHECK(std::is_sorted(in_order.begin(), in_order.end()));
    auto one = completion_order({.seed = 1, .shuffle_completions = true});
    CHECK(one != in_order);
    CHECK(one == completion_order({.seed = 1, .shuffle_completions = true}));
    CHECK(one != completion_order({.seed = 2, .shuffle_completions = true}));
    std::sort(one.begin(), one.end());
    CHECK(one == in_order);
}

TEST_CASE("random bytes are those of the seed, whatever else was drawn from it") {
    CHECK(drawn(3) == drawn(3));
    CHECK(drawn(3) != drawn(4));
    CHECK(drawn(3) == drawn(3, true));
    // The first value of splitmix64 from 0 is a published constant.
    SimKernel kernel;
    std::uint64_t value = 0;
    kernel.random(std::as_writable_bytes(std::span(&value, 1)));
    CHECK(value == 0xe220a8397b1dcdaf);
}

TEST_CASE("a deadlock is an error that lists what waits, oldest first, and the kernel goes on") {
    SimKernel kernel;
    CHECK(deadlock_of(kernel) == "deadlock: nothing can ever happen again; no operation is in flight");
    auto [a, b] = unix_pair(kernel);
    char byte;
    Probe receiving(receive_into(b, {&byte, 1})), polling(poll_of(a, POLLIN));
    kernel.submit(receiving);
    kernel.submit(polling);
    CHECK(deadlock_of(kernel) == "deadlock: nothing can ever happen again; these wait: receive on descriptor 1000001, "
                                 "poll on descriptor 1000000");
    CHECK(kernel.in_flight() == 2);
    kernel.wake();
    CHECK(deadlock_of(kernel) == "no deadlock");
    kernel.enter(kernel.now() + 1s); // a deadline is something that can happen
    kernel.cancel(polling);
    CHECK(send_all(kernel, a, "x") == 1);
    finish(kernel, receiving);
    finish(kernel, polling);
    close_all(kernel, {a, b});
}

TEST_CASE("each turn takes the time that the option says, so that a spinning program meets its timers") {
    SimKernel kernel({.turn_cost = 1us});
    Probe timer(timer_at(kernel.now() + 1ms));
    kernel.submit(timer);
    int turns = 0;
    for (; timer.in_flight(); ++turns) kernel.enter(TimePoint::min());
    CHECK(turns == 1000);
}

TEST_CASE("a full stream takes exactly the buffer's bytes, and takes on as they are read") {
    SimKernel kernel({.stream_buffer = 10});
    auto [a, b] = unix_pair(kernel);
    CHECK(perform(kernel, send_from(a, "123456789")) == 9);
    CHECK(perform(kernel, send_from(a, "0ab")) == 1);
    Probe writable(poll_of(a, POLLOUT)), sending(send_from(a, "cdefghijklmnop", MSG_WAITALL));
    kernel.submit(writable);
    kernel.submit(sending);
    settle(kernel);
    CHECK(kernel.in_flight() == 2);
    CHECK(receive(kernel, b, 3) == "123");
    settle(kernel);
    CHECK(sending.in_flight());
    CHECK(receive(kernel, b) == "4567890cde");
    CHECK(receive(kernel, b) == "fghijklmno"); // the buffer was full again at once
    finish(kernel, sending);
    CHECK(sending.result() == 14);
    CHECK(receive(kernel, b) == "p");
    finish(kernel, writable);
    CHECK(writable.result() == POLLOUT);
    close_all(kernel, {a, b});
}

TEST_CASE("provided buffers run out with -ENOBUFS, and come back in the order in which they were given back") {
    SimKernel kernel({.buffers = 2, .buffer_size = 3});
    auto [a, b] = unix_pair(kernel);
    CHECK(send_all(kernel, b, "abcdef") == 6);
    Probe one(receive_provided(a)), two(receive_provided(a)), three(receive_provided(a));
    for (Probe* probe : {&one, &two, &three}) kernel.submit(*probe);
    finish(kernel, three);
    CHECK(one.result() == 3);
    CHECK(two.result() == 3);
    CHECK(three.result() == -ENOBUFS);
    CHECK_FALSE(three.completions[0].has_buffer);
    CHECK(kernel.buffers_out() == 2);
    kernel.give_back(two.completions[0].buffer);
    kernel.give_back(one.completions[0].buffer);
    CHECK(kernel.buffers_out() == 0);
    kernel.submit(three);
    CHECK(send_all(kernel, b, "g") == 1);
    finish(kernel, three);
    CHECK(three.completions[1].buffer == two.completions[0].buffer);
    CHECK(kernel.buffer(three.completions[1].buffer)[0] == std::byte{'g'});
    kernel.give_back(three.completions[1].buffer);
    close_all(kernel, {a, b});
}

TEST_CASE("descriptors start far above the system's, the lowest free one first, and are counted") {
    SimKernel kernel;
    auto [a, b] = unix_pair(kernel);
    CHECK(a == 1'000'000);
    CHECK(b == 1'000'001);
    CHECK(kernel.descriptor() == -1);
    kernel.close_now(a);
    CHECK(kernel.open_descriptors() == 1);
    CHECK(kernel.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) == a);
    close_all(kernel, {a, b});
    CHECK(kernel.open_descriptors() == 0);
    CHECK(kernel.socket(AF_NETLINK, SOCK_STREAM, 0) == -EAFNOSUPPORT);
    CHECK(kernel.socket(AF_INET, SOCK_DGRAM, 0) == -ESOCKTNOSUPPORT);
}

TEST_CASE("files are put, opened and fetched by path; an open one outlives its path") {
    SimKernel kernel;
    kernel.put_file("/etc/motd", "welcome");
    char path[] = "/etc/motd";
    int fd = perform(kernel, {.opcode = Opcode::open, .data = path, .flags = O_RDWR | O_APPEND});
    REQUIRE(fd >= SimKernel::first_descriptor);
    char more[] = "!";
    CHECK(perform(kernel, {.opcode = Opcode::write, .fd = fd, .data = more, .length = 1}) == 1);
    CHECK(kernel.file("/etc/motd") == "welcome!");
    kernel.remove_file("/etc/motd");
    CHECK_FALSE(kernel.file("/etc/motd").has_value());
    std::string text(20, '\0');
    CHECK(perform(kernel, {.opcode = Opcode::read, .fd = fd, .data = text.data(), .length = 20, .offset = 0}) == 8);
    CHECK(text.substr(0, 8) == "welcome!");
    kernel.close_now(fd);
}

TEST_CASE("files are asked for their size, renamed and removed by path") {
    SimKernel kernel;
    kernel.put_file("a", "four");
    kernel.put_file("b", "older");
    CHECK(kernel.file_size("a") == 4);
    CHECK(kernel.file_size("c") == -ENOENT);
    CHECK(kernel.rename("a", "b") == 0);
    CHECK(kernel.file("b") == "four");
    CHECK_FALSE(kernel.file("a").has_value());
    CHECK(kernel.rename("b", "b") == 0);
    CHECK(kernel.rename("a", "b") == -ENOENT);
    CHECK(kernel.unlink("b") == 0);
    CHECK(kernel.unlink("b") == -ENOENT);
    CHECK_FALSE(kernel.file("b").has_value());
}

TEST_CASE("options are remembered") {
    SimKernel kernel;
    int fd = kernel.socket(AF_INET6, SOCK_STREAM, 0);
    int value = 1;
    socklen_t length = sizeof value;
    CHECK(kernel.get_option(fd, IPPROTO_TCP, 1, &value, length) == 0);
    CHECK(value == 0);
    value = 5;
    CHECK(kernel.set_option(fd, IPPROTO_TCP, 1, &value, sizeof value) == 0);
    linger wide{.l_onoff = 1, .l_linger = 9}, got{};
    CHECK(kernel.set_option(fd, SOL_SOCKET, SO_LINGER, &wide, sizeof wide) == 0);
    value = 0;
    CHECK(kernel.get_option(fd, IPPROTO_TCP, 1, &value, length) == 0);
    CHECK(value == 5);
    length = sizeof got;
    CHECK(kernel.get_option(fd, SOL_SOCKET, SO_LINGER, &got, length) == 0);
    CHECK(got.l_linger == 9);
    kernel.close_now(fd);
}

TEST_CASE("a connect waits in line for a full backlog, is let in by an accept, or refused when the listener goes") {
    SimKernel kernel;
    auto address = ipv6("2001:db8::1", 443);
    int listener = listen_at(kernel, address, 1);
    std::vector<std::unique_ptr<Probe>> connects;
    for (int i = 0; i < 4; ++i) {
        int client = kernel.socket(AF_INET6, SOCK_STREAM, 0);
        connects.push_back(std::make_unique<Probe>(connect_to(client, address)));
        kernel.submit(*connects.back());
    }
    settle(kernel);
    CHECK(kernel.in_flight() == 2);
    int server = perform(kernel, on(Opcode::accept, listener));
    finish(kernel, *connects[2]);
    CHECK(connects[2]->result() == 0);
    CHECK(connects[3]->in_flight());
    kernel.close_now(listener);
    finish(kernel, *connects[3]);
    CHECK(connects[3]->result() == -ECONNREFUSED);
    kernel.close_now(server);
    for (auto& connect : connects) kernel.close_now(connect->description.fd);
    CHECK(kernel.open_descriptors() == 0);
}
