// What io_uring does now and then, one edge at a time.

#include <corduroy/testing/sim_kernel.hpp>

#include "testing/kernel_driver.hpp"

using namespace corduroy;
using namespace corduroy::testing;
using sim::Edges;
using sim::SimKernel;

TEST_CASE("a short transfer moves some of the bytes and loses none; with MSG_WAITALL it moves all") {
    SimKernel kernel({.seed = 4, .edges = {.short_transfers = 1}});
    auto [a, b] = unix_pair(kernel);
    std::string text = "0123456789", got;
    std::int32_t sent = perform(kernel, send_from(a, text));
    CHECK(sent >= 1);
    CHECK(sent < 10);
    CHECK(send_all(kernel, a, text.substr(static_cast<std::size_t>(sent))) == 10 - sent);
    while (got.size() < 10) got += receive(kernel, b);
    CHECK(got == text);
    close_all(kernel, {a, b});
}

TEST_CASE("a receive that finds no provided buffer leaves the bytes where they are") {
    SimKernel kernel({.edges = {.no_buffers = 1}});
    auto [a, b] = unix_pair(kernel);
    CHECK(send_all(kernel, a, "x") == 1);
    CHECK(perform(kernel, receive_provided(b)) == -ENOBUFS);
    CHECK(kernel.buffers_out() == 0);
    CHECK(receive(kernel, b) == "x");
    close_all(kernel, {a, b});
}

TEST_CASE("a multishot accept that ends by itself gives its connection, and the next comes to the next accept") {
    SimKernel kernel({.edges = {.multishot_ends = 1}});
    auto address = ipv4("127.0.0.1", 80);
    int listener = listen_at(kernel, address);
    kernel::Description description = on(Opcode::accept, listener);
    description.multishot = true;
    Probe accept(description);
    kernel.submit(accept);
    int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
    CHECK(perform(kernel, connect_to(client, address)) == 0);
    finish(kernel, accept);
    REQUIRE(accept.completions.size() == 1);
    CHECK_FALSE(accept.completions[0].more);
    CHECK(accept.result() >= 0);
    close_all(kernel, {accept.result(), client, listener});
}

TEST_CASE("with more ready than the completion queue holds, multishot operations end and all completions come") {
    SimKernel kernel({.completion_queue = 4});
    auto address = ipv4("127.0.0.1", 80);
    int listener = listen_at(kernel, address);
    kernel::Description description = on(Opcode::accept, listener);
    description.multishot = true;
    Probe accept(description);
    kernel.submit(accept);
    settle(kernel);
    int client = kernel.socket(AF_INET, SOCK_STREAM, 0);
    Probe connecting(connect_to(client, address));
    kernel.submit(connecting);
    std::vector<std::unique_ptr<Probe>> probes;
    for (int i = 0; i < 6; ++i) {
        probes.push_back(std::make_unique<Probe>());
        kernel.submit(*probes.back());
    }
    finish(kernel, accept);
    CHECK(accept.completions.size() == 1);
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);
    for (auto& probe : probes) CHECK(probe->result() == 0);
    close_all(kernel, {accept.result(), client, listener});
}

TEST_CASE("a full submission queue holds the rest back, and a cancel of what is held still finds it") {
    SimKernel kernel({.submission_queue = 2});
    std::vector<int> log;
    TimePoint later = kernel.now() + 1s;
    Probe a(kernel::Description{}, &log, 1), b(kernel::Description{}, &log, 2), c(timer_at(later), &log, 3);
    for (Probe* probe : {&a, &b, &c}) kernel.submit(*probe);
    kernel.cancel(c);
    kernel.enter(std::nullopt);
    CHECK(log == std::vector<int>{1, 2});
    CHECK(c.in_flight());
    kernel.enter(std::nullopt);
    CHECK(c.result() == -ECANCELED);
    CHECK(kernel.now() == SimKernel::start);
}

TEST_CASE("a late cancel loses the race to what came before it, and wins where nothing came") {
    SimKernel kernel({.edges = {.late_cancels = 1}});
    auto [a, b] = unix_pair(kernel);
    std::string bytes(1, '\0');
    Probe receiving(receive_into(b, bytes)), sending(send_from(a, "x"));
    kernel.submit(receiving);
    settle(kernel);
    kernel.cancel(receiving);
    kernel.submit(sending);
    finish(kernel, receiving);
    CHECK(receiving.result() == 1);
    while (kernel.in_flight() > 0) kernel.enter(std::nullopt);

    kernel.submit(receiving);
    settle(kernel);
    kernel.cancel(receiving);
    finish(kernel, receiving);
    CHECK(receiving.result() == -ECANCELED);
    close_all(kernel, {a, b});
}

TEST_CASE("enter may return and have delivered nothing") {
    SimKernel kernel({.seed = 1, .edges = {.idle_returns = 0.5}});
    int entries = 0;
    for (int i = 0; i < 100; ++i) {
        Probe probe;
        kernel.submit(probe);
        for (; probe.in_flight(); ++entries) kernel.enter(std::nullopt);
    }
    CHECK(entries > 150);
    CHECK(entries < 250);
}
