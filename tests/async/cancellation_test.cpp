#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/perform.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

// Swallows every cancellation, for ever.
Task<> stubborn(int& swallowed) {
    for (;;) {
        try {
            co_await sleep(1h);
        } catch (const Cancelled&) {
            if (++swallowed == 100'000) throw;
        }
    }
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("timeout gives the value of what ends in time, and takes no longer") {
        auto body = [](Machine& machine) -> Task<> {
            CHECK(co_await timeout(1s, answer_after(10ms, 4)) == 4);
            CHECK(machine.elapsed() == 10ms);
        };
        run_test(body);
    }

    TEST_CASE("timeout cancels what does not end in time, joins it, and says so") {
        auto body = [](Machine& machine) -> Task<> {
            std::string message;
            try {
                co_await timeout(250ms, answer_after(1h, 4));
            } catch (const TimeoutError& error) {
                message = error.what();
            }
            CHECK(message == "the operation timed out after 250 ms");
            CHECK(machine.elapsed() == 250ms);
        };
        run_test(body);
    }

    TEST_CASE("a timeout names the phase that the cancelled work was in") {
        auto work = []() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (Cancelled& cancelled) {
                cancelled.during("fetch of the page");
                throw;
            }
        };
        auto body = [&]() -> Task<> {
            std::string message;
            try {
                co_await timeout(1s, work());
            } catch (const TimeoutError& error) {
                message = error.what();
            }
            CHECK(message == "fetch of the page timed out after 1 s");
        };
        run_test(body);
    }

    TEST_CASE("of nested deadlines the earlier one counts, and each is answered where it was set") {
        auto body = [](Machine& machine) -> Task<> {
            auto inner = co_await attempt(timeout(2s, timeout(1s, answer_after(1h, 1))));
            CHECK(inner.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            auto outer = co_await attempt(timeout(1s, timeout(2s, answer_after(1h, 1))));
            CHECK(outer.failure().message() == "the operation timed out after 1 s");
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("catching std::exception does not swallow a cancellation") {
        bool swallowed = false;
        auto work = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const std::exception&) {
                swallowed = true;
            }
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK_FALSE(swallowed);
    }

    TEST_CASE("cancellation is sticky: a task that swallows it is told again at its next await") {
        int swallowed = 0;
        int ticks = 0;
        auto tick = [&]() -> Task<> {
            for (int i = 0; i < 10; ++i) {
                co_await yield_now();
                ++ticks;
            }
        };
        auto body = [&]() -> Task<> {
            auto both = co_await settle(timeout(1s, stubborn(swallowed)), tick());
            CHECK(std::get<0>(both).failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(swallowed == 100'000);
        CHECK(ticks == 10);
    }

    TEST_CASE("a loop that swallows cancellations for ever stops neither timers nor others") {
        bool timer_fired = false;
        bool stop = false;
        auto swallow = [&]() -> Task<> {
            while (!stop) {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                }
            }
        };
        auto other = [&]() -> Task<> {
            co_await sleep(1100ms);
            timer_fired = true;
            stop = true;
        };
        sim::SimOptions options;
        options.turn_cost = 1ms; // a loop that spins makes no time pass by itself
        auto body = [&]() -> Task<> { co_await settle(timeout(1s, swallow()), other()); };
        sim::run(body, options);
        CHECK(timer_fired);
    }

    TEST_CASE("an operation that is cancelled is joined before the coroutine goes on") {
        auto body = [](sim::World& world) -> Task<> {
            kernel::Description what;
            what.opcode = kernel::Opcode::timer;
            what.deadline = world.reactor().now() + 1h;
            auto wait = [&]() -> Task<int> {
                kernel::Completion done = co_await perform(what);
                co_return done.result;
            };
            auto outcome = co_await attempt(timeout(1s, wait()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(world.kernel().in_flight() == 0);
        };
        sim::run(body);
    }

    TEST_CASE("a shielded Task runs on in a cancelled scope, and the cancellation comes at the next await") {
        std::string log;
        auto work = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                log += 'c';
            }
            int value = co_await shield(answer_after(1s, 1));
            log += std::to_string(value);
            co_await yield_now();
            log += 'x';
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
        CHECK(log == "c1");
    }

    TEST_CASE("attempt turns failures into values, and no cancellation") {
        std::string log;
        auto work = [&]() -> Task<> {
            auto outcome = co_await attempt(answer_after(1h, 1));
            log += outcome ? 'v' : 'f';
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(log.empty());
    }

    TEST_CASE("work that succeeds though it was cancelled delivers its result") {
        auto work = []() -> Task<int> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
            }
            co_return 9;
        };
        auto body = [&]() -> Task<int> { co_return co_await timeout(1s, work()); };
        CHECK(run_test(body) == 9);
    }
}
