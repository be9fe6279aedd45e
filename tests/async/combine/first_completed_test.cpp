#include <corduroy/async/combine/first_completed.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

Task<int> fail_after(Duration time, std::string message) {
    co_await sleep(time);
    throw std::runtime_error(message);
}

Task<int> answer_at_once(int value) { co_return value; }

// Fails when it is cancelled.
Task<int> fail_in_the_end(std::string message) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
        throw std::runtime_error(message);
    }
    co_return 0;
}

// Takes so long to stop.
Task<int> stop_after(Duration time, bool& stopped) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
    }
    co_await shield(sleep(time));
    stopped = true;
    co_await yield_now();
    co_return 0;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("first_completed gives the first success and who it was") {
        auto body = [](Machine& machine) -> Task<> {
            auto won = co_await first_completed(answer_after(1h, 1), answer_after(1s, 2), fail_after(2s, "late"));
            CHECK(won.index == 1);
            CHECK(won.value == 2);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("first_completed throws the first failure, where race would go on") {
        auto body = [](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(first_completed(answer_after(1h, 1), fail_after(1s, "no")));
            CHECK(outcome.failure().message() == "no");
            CHECK(outcome.failure().check<std::runtime_error>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("first_completed joins those that it cancels before it goes on") {
        bool stopped = false;
        auto body = [&](Machine& machine) -> Task<> {
            auto won = co_await first_completed(answer_after(1s, 1), stop_after(5s, stopped));
            CHECK(won.index == 0);
            CHECK(stopped);
            CHECK(machine.elapsed() == 6s);
        };
        run_test(body);
    }

    TEST_CASE("what fails after the first failure rides along as suppressed") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(first_completed(fail_in_the_end("second"), fail_after(1s, "first")));
            CHECK(outcome.failure().message() == "first");
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "second");
        };
        run_test(body);
    }

    TEST_CASE("what fails beside the first success is reported, once, and does not spoil the success") {
        std::vector<std::string> reports;
        auto body = [&](Machine& machine) -> Task<> {
            auto note = [&](const Failure& failure, std::string_view) { reports.push_back(failure.message()); };
            machine.reactor().on_unhandled(note);
            auto won = co_await first_completed(fail_in_the_end("in the end"), answer_after(1s, 2));
            CHECK(won.value == 2);
        };
        run_test(body);
        CHECK(reports == std::vector<std::string>{"in the end"});
    }

    TEST_CASE("of attempts first_completed tells who failed") {
        auto body = []() -> Task<> {
            auto won = co_await first_completed(attempt(answer_after(1h, 1)), attempt(fail_after(1s, "no")));
            CHECK(won.index == 1);
            CHECK(won.value.failure().message() == "no");
        };
        run_test(body);
    }

    TEST_CASE("of several that complete at once the one that was started first wins") {
        auto body = []() -> Task<> {
            auto won = co_await first_completed(answer_at_once(1), answer_at_once(2));
            CHECK(won.index == 0);
            auto later = co_await first_completed(sleep(1s), sleep(1s));
            CHECK(later.index == 0);
        };
        run_test(body);
    }

    TEST_CASE("first_completed takes awaitables of several types, and a single one") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<std::string> deferred;
            machine.reactor().call_later(1s, [source = deferred.source()] { source.callback("fired"); });
            auto won = co_await first_completed(sleep(1h), deferred);
            CHECK(won.index == 1);
            CHECK(std::get<1>(won.value) == "fired");
            auto alone = co_await first_completed(answer_after(1s, 5));
            CHECK(alone.value == 5);
        };
        run_test(body);
    }

    TEST_CASE("first_completed takes a range; of an empty one it throws, for nothing would ever end") {
        auto body = []() -> Task<> {
            auto later = [](int number) { return answer_after(number * 1s, number); };
            std::vector<int> numbers = {3, 1, 2};
            auto won = co_await first_completed(numbers | std::views::transform(later));
            CHECK(won.index == 1);
            CHECK(won.value == 1);
            std::vector<Task<int>> none;
            auto outcome = co_await attempt(first_completed(std::move(none)));
            CHECK(outcome.failure().message() == "first_completed of nothing: the range is empty, and nothing can end");
        };
        run_test(body);
    }

    TEST_CASE("cancelling first_completed cancels and joins all") {
        bool stopped = false;
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, first_completed(sleep(1h), stop_after(2s, stopped))));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(stopped);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }
}
