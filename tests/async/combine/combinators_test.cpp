#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
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

Task<> note_end(Duration time, std::string& log, char letter) {
    log += letter;
    try {
        co_await sleep(time);
        log += static_cast<char>(letter - 'a' + 'A');
    } catch (const Cancelled&) {
        log += '!';
        throw;
    }
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a race drops what a loser was handed in the same turn, unless that has put it elsewhere") {
        auto body = []() -> Task<> {
            Queue<int> first, second;
            std::optional<int> of_first, of_second;
            auto take = [](Queue<int>& queue, std::optional<int>& into) -> Task<> { into = co_await queue.get(); };
            auto put = [&] {
                CHECK(first.try_put(1));
                CHECK(second.try_put(2));
            };
            Reactor::current().call_later(1s, put);
            auto won = co_await race(take(first, of_first), take(second, of_second));
            CHECK(won.index == 0);
            CHECK(of_first == 1);
            CHECK(of_second == 2); // which a race of the queues' own `get` would have dropped
        };
        sim::run(body);
    }

    TEST_CASE("gather gives values in order, whatever the order of their coming") {
        auto body = [](Machine& machine) -> Task<> {
            auto [a, b, c] = co_await gather(answer_after(30ms, 1), answer_after(10ms, 2), answer_after(20ms, 3));
            CHECK(a == 1);
            CHECK(b == 2);
            CHECK(c == 3);
            CHECK(machine.elapsed() == 30ms);
        };
        run_test(body);
    }

    TEST_CASE("gather takes values of several types, move-only ones among them, and void") {
        auto pointer = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
        auto nothing = []() -> Task<> { co_return; };
        auto body = [&]() -> Task<> {
            auto values = co_await gather(pointer(), answer_after(1ms, 2), nothing());
            CHECK(*std::get<0>(values) == 5);
            CHECK(std::get<1>(values) == 2);
        };
        run_test(body);
    }

    TEST_CASE("gather takes a range, and an empty one") {
        auto body = []() -> Task<> {
            std::vector<int> numbers = {3, 1, 2};
            auto later = [](int number) { return answer_after(number * 1ms, number); };
            std::vector<int> values = co_await gather(numbers | std::views::transform(later));
            CHECK(values == numbers);
            std::vector<Task<int>> none;
            auto no_values = co_await gather(std::move(none));
            CHECK(no_values.empty());
        };
        run_test(body);
    }

    TEST_CASE("gather starts all in order before any goes on") {
        std::string log;
        auto body = [&]() -> Task<> { co_await gather(note_end(2ms, log, 'a'), note_end(1ms, log, 'b')); };
        run_test(body);
        CHECK(log == "abBA");
    }

    TEST_CASE("at the first failure gather cancels and joins the rest, and the others ride along") {
        std::string log;
        auto both_fail = [](Duration time) -> Task<> {
            try {
                co_await sleep(time);
            } catch (const Cancelled&) {
                throw std::runtime_error("second");
            }
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(gather(fail_after(5ms, "first"), note_end(1h, log, 'a'), both_fail(1h)));
            CHECK(outcome.failure().message() == "first");
            auto suppressed = outcome.failure().suppressed();
            REQUIRE(suppressed.size() == 1);
            CHECK(suppressed[0].message() == "second");
            CHECK(machine.elapsed() == 5ms);
        };
        run_test(body);
        CHECK(log == "a!");
    }

    TEST_CASE("cancelling gather cancels and joins all of them") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, gather(note_end(1h, log, 'a'), note_end(2h, log, 'b'))));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(log == "ab!!");
    }

    TEST_CASE("settle keeps every outcome in its place") {
        auto body = []() -> Task<> {
            auto results = co_await settle(answer_after(2ms, 1), fail_after(1ms, "no"), answer_after(3ms, 3));
            CHECK(*results[0] == 1);
            CHECK(results[1].failure().message() == "no");
            CHECK(*results[2] == 3);
        };
        run_test(body);
    }

    TEST_CASE("settle within a bound cancels and joins the late ones, whose outcome is a TimeoutError") {
        auto body = [](Machine& machine) -> Task<> {
            auto results = co_await settle(answer_after(1ms, 1), answer_after(1h, 2)).within(1s);
            CHECK(*results[0] == 1);
            CHECK(results[1].failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("settle does not turn the cancellation of a scope around it into values") {
        bool went_on = false;
        auto work = [&]() -> Task<> {
            auto results = co_await settle(answer_after(1h, 1), answer_after(2h, 2));
            went_on = true;
            static_cast<void>(results);
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK_FALSE(went_on);
    }

    TEST_CASE("race gives the first success and who it was; the others are cancelled and joined") {
        auto body = [](Machine& machine) -> Task<> {
            auto won = co_await race(answer_after(1h, 1), fail_after(1ms, "no"), answer_after(20ms, 3));
            CHECK(won.index == 2);
            CHECK(won.value == 3);
            CHECK(machine.elapsed() == 20ms);
        };
        run_test(body);
    }

    TEST_CASE("race of several types gives a variant") {
        auto text = []() -> Task<std::string> {
            co_await sleep(1ms);
            co_return "text";
        };
        auto body = [&]() -> Task<> {
            auto won = co_await race(answer_after(1h, 1), text());
            CHECK(won.index == 1);
            CHECK(std::get<1>(won.value) == "text");
        };
        run_test(body);
    }

    TEST_CASE("a race that all lose fails with all their failures, in order") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(race(fail_after(2ms, "one"), fail_after(1ms, "two")));
            CHECK(outcome.failure().check<FailureGroup>());
            CHECK(outcome.failure().message() == "all 2 failed: one; two");
        };
        run_test(body);
    }
}
