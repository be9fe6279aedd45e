#include "async/inspect/slow_step_watch.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/reactor/coalesced_call.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::string line_text(unsigned line) { return "slow_step_watch_test.cpp:" + std::to_string(line) + " "; }

// Runs `body` with the bound, and gives what was warned of.
template <class Body>
std::vector<std::string> warnings(Duration bound, Body body) {
    std::vector<std::string> texts;
    sim::run([&](sim::World& world) -> Task<> {
        world.reactor().on_log(LogLevel::warning, [&](const LogRecord& record) {
            CHECK(record.level == LogLevel::warning);
            CHECK(record.topic == "reactor");
            texts.emplace_back(record.text);
        });
        world.reactor().set_slow_step(bound);
        co_await sleep(1ms);
        co_await body(world);
    });
    return texts;
}

Task<> compute(sim::World& world, Duration time) {
    co_await sleep(1ms);
    world.spend(time);
    co_await sleep(2ms);
}

constexpr unsigned first_await = __LINE__ - 5;
constexpr unsigned second_await = first_await + 2;

} // namespace

TEST_SUITE("slow steps") {
    TEST_CASE("a step that holds the loop too long is warned of, with its task, how long, and its awaits") {
        auto texts = warnings(100ms, [](sim::World& world) -> Task<> { co_await gather(compute(world, 120ms)); });
        REQUIRE(texts.size() == 1);
        CAPTURE(texts[0]);
        CHECK(texts[0].starts_with("task 2 (joined) held the loop for 120 ms, from its await at "));
        std::size_t from = texts[0].find(line_text(first_await));
        std::size_t to = texts[0].find(line_text(second_await));
        CHECK(from != std::string::npos);
        CHECK(to != std::string::npos);
        CHECK(from < to);
    }

    TEST_CASE("a step is too long from the bound on, and not a nanosecond sooner") {
        auto takes = [](Duration time) {
            auto body = [time](sim::World& world) -> Task<> { co_await compute(world, time); };
            return warnings(100ms, body).size();
        };
        CHECK(takes(100ms - 1ns) == 0);
        CHECK(takes(100ms) == 1);
        CHECK(takes(100ms + 1ns) == 1);
    }

    TEST_CASE("a bound of zero warns of nothing") {
        CHECK(warnings(0s, [](sim::World& world) -> Task<> { co_await compute(world, 1h); }).empty());
    }

    TEST_CASE("a step that ends its task is warned of") {
        auto body = [](sim::World& world) -> Task<> {
            auto ends = [&]() -> Task<> {
                co_await sleep(1ms);
                world.spend(1s);
            };
            co_await gather(ends());
        };
        auto texts = warnings(100ms, body);
        REQUIRE(texts.size() == 1);
        CHECK(texts[0].ends_with(", to its end"));
    }

    TEST_CASE("a call that takes too long is warned of, with where it was scheduled") {
        auto body = [](sim::World& world) -> Task<> {
            auto call = [&world] { world.spend(300ms); };
            world.reactor().call_later(1ms, call);
            co_await sleep(2ms);
        };
        auto texts = warnings(100ms, body);
        REQUIRE(texts.size() == 1);
        CHECK(texts[0].starts_with("a call scheduled by call_later at "));
        CHECK(texts[0].ends_with(" held the loop for 300 ms"));
    }

    TEST_CASE("calls from other threads, and those of a CoalescedCall, are watched too") {
        auto body = [](sim::World& world) -> Task<> {
            auto call = [&world] { world.spend(300ms); };
            CoalescedCall coalesced(world.reactor(), call);
            coalesced.post();
            co_await sleep(1s);
            world.reactor().call_from_thread(call);
            co_await sleep(1s);
        };
        auto texts = warnings(100ms, body);
        REQUIRE(texts.size() == 2);
        CHECK(texts[0].starts_with("a call of the CoalescedCall made at "));
        CHECK(texts[0].ends_with(" held the loop for 300 ms"));
        CHECK(texts[1].starts_with("a call posted by call_from_thread at "));
    }

    TEST_CASE("the bound can be changed while the program runs") {
        auto body = [](sim::World& world) -> Task<> {
            co_await compute(world, 50ms);
            world.reactor().set_slow_step(10ms);
            co_await compute(world, 50ms);
            world.reactor().set_slow_step(0s);
            co_await compute(world, 50ms);
        };
        CHECK(warnings(100ms, body).size() == 1);
    }
}
