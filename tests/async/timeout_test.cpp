#include <corduroy/async/timeout.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<std::unique_ptr<int>> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return std::make_unique<int>(value);
}

Task<int&> refer_after(Duration time, int& value) {
    co_await sleep(time);
    co_return value;
}

TimePoint from_now(Duration time) { return Reactor::current().now() + time; }

} // namespace

TEST_SUITE("async") {
    TEST_CASE("move_on_after gives the value of what ends in time, and takes no longer") {
        auto body = [](Machine& machine) -> Task<> {
            auto value = co_await move_on_after(2s, answer_after(1s, 4));
            REQUIRE(value);
            CHECK(**value == 4);
            int number = 5;
            CHECK(co_await move_on_after(2s, refer_after(1s, number)) == &number);
            CHECK(co_await move_on_after(2s, [] { return answer_after(1s, 6); }));
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("move_on_after cancels and joins what does not end in time, and gives nothing") {
        auto body = [](Machine& machine) -> Task<> {
            int number = 5;
            bool joined = false;
            auto work = [&]() -> Task<> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    joined = true;
                    throw;
                }
            };
            CHECK_FALSE(co_await move_on_after(1s, work));
            CHECK(joined);
            CHECK(co_await move_on_after(1s, answer_after(1h, 1)) == std::nullopt);
            CHECK(co_await move_on_after(1s, refer_after(1h, number)) == nullptr);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("move_on_at and fail_at take the deadline itself") {
        auto body = [](Machine& machine) -> Task<> {
            TimePoint deadline = from_now(1s);
            CHECK_FALSE(co_await move_on_at(deadline, answer_after(1h, 1)));
            CHECK(machine.elapsed() == 1s);
            auto outcome = co_await attempt(fail_at(from_now(1s), answer_after(1h, 1)));
            CHECK(outcome.failure().message() == "the operation timed out after 1 s");
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("a deadline that has passed already ends the work at its first await, in no time") {
        auto body = [](Machine& machine) -> Task<> {
            for (Duration bound : {Duration(0s), Duration(-1s)}) {
                CHECK_FALSE(co_await move_on_after(bound, answer_after(1s, 1)));
                auto outcome = co_await attempt(fail_after(bound, answer_after(1s, 1)));
                CHECK(outcome.failure().check<TimeoutError>());
                auto at_once = []() -> Task<int> { co_return 1; };
                CHECK(co_await move_on_after(bound, at_once) == 1);
            }
            CHECK_FALSE(co_await move_on_at(TimePoint::min(), answer_after(1s, 1)));
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("a bound that reaches past the end of the clock is none") {
        auto body = []() -> Task<> {
            CHECK(co_await move_on_after(Duration::max(), answer_after(1h, 1)));
            CHECK(co_await fail_after(Duration::max(), answer_after(1h, 1)));
            CHECK(co_await fail_at(TimePoint::max(), answer_after(1h, 1)));
        };
        run_test(body);
    }

    TEST_CASE("a sleep that reaches past the end of the clock ends when it is cancelled") {
        auto body = [](Machine& machine) -> Task<> {
            CHECK_FALSE(co_await move_on_after(24h, sleep(Duration::max())));
            CHECK_FALSE(co_await move_on_after(24h, sleep_until(TimePoint::max())));
            CHECK(machine.elapsed() == 48h);
            co_await sleep(Duration::min());
            co_await sleep_until(TimePoint::min());
            CHECK(machine.elapsed() == 48h);
        };
        run_test(body);
    }

    TEST_CASE("a simulation in which all sleep for ever is a deadlock") {
        auto body = [](sim::World&) -> Task<> { co_await sleep(Duration::max()); };
        std::string message;
        try {
            sim::run(body);
        } catch (const Error& error) {
            message = error.what();
        }
        CHECK(message.starts_with("deadlock: nothing can ever happen again"));
    }

    TEST_CASE("a time-out that was over long before it began says so, and not that it was to come") {
        auto body = []() -> Task<> {
            auto never = co_await attempt(fail_at(TimePoint::min(), answer_after(1s, 1)));
            CHECK(never.failure().message() == "the operation timed out after -9223372036.8 s");
            auto less = co_await attempt(fail_after(Duration::min(), answer_after(1s, 1)));
            CHECK(less.failure().check<TimeoutError>());
        };
        run_test(body);
    }

    TEST_CASE("fail_after says how long the work had, also where it moved its deadline") {
        auto body = [](Machine& machine) -> Task<> {
            auto plain = co_await attempt(fail_after(250ms, answer_after(1h, 1)));
            CHECK(plain.failure().message() == "the operation timed out after 250 ms");
            auto moving = [](CancelScope& scope) -> Task<> {
                co_await sleep(100ms);
                scope.set_deadline(from_now(2s));
                co_await sleep(1h);
            };
            auto moved = co_await attempt(fail_after(250ms, moving));
            CHECK(moved.failure().message() == "the operation timed out after 2.1 s");
            CHECK(machine.elapsed() == 2350ms);
        };
        run_test(body);
    }

    TEST_CASE("where the scope of fail_after is cancelled by hand, that is no time-out") {
        auto body = []() -> Task<> {
            auto give_up = [](CancelScope& scope) -> Task<int> {
                scope.cancel("nobody wants it any more");
                co_await yield_now();
                co_return 1;
            };
            auto outcome = co_await attempt(fail_after(1s, give_up));
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(outcome.failure().message() == "cancelled: nobody wants it any more");
        };
        run_test(body);
    }
}
