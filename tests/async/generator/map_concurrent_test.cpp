#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/generators.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count_to(int last) {
    for (int i = 1; i <= last; ++i) co_yield i;
}

// Sleeps as many milliseconds as its argument says, and keeps count of how many sleep at a time.
struct Sleepers {
    int now = 0;
    int most = 0;
    int begun = 0;
    int cancelled = 0;

    Task<int> sleep_for(int milliseconds) {
        ++begun;
        most = std::max(most, ++now);
        try {
            co_await sleep(milliseconds * 1ms);
        } catch (const Cancelled&) {
            --now;
            ++cancelled;
            throw;
        }
        --now;
        co_return milliseconds;
    }

    auto function() {
        return [this](int milliseconds) { return sleep_for(milliseconds); };
    }
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE("map_concurrent gives results as they come") {
        Sleepers sleepers;
        std::vector<int> times = {30, 10, 20};
        auto body = [&](Machine& machine) -> Task<> {
            std::vector<int> seen;
            auto note = [&](int time) {
                CHECK(machine.elapsed() == time * 1ms);
                seen.push_back(time);
            };
            co_await map_concurrent(times, 3, sleepers.function()).for_each(note);
            CHECK(seen == std::vector{10, 20, 30});
        };
        run_test(body);
    }

    TEST_CASE("map_concurrent_ordered keeps the results in the order of their items, and works as much at a time") {
        Sleepers sleepers;
        std::vector<int> times = {30, 10, 20, 40, 10};
        auto body = [&](Machine& machine) -> Task<> {
            auto seen = co_await map_concurrent_ordered(times, 3, sleepers.function()).collect();
            CHECK(seen == times);
            CHECK(sleepers.most == 3);
            CHECK(machine.elapsed() == 70ms);
        };
        run_test(body);
    }

    TEST_CASE("map_concurrent never works at more items than its limit, those among them that nobody has taken") {
        for (std::size_t limit : {1, 2, 3}) {
            Sleepers sleepers;
            auto ten = [&](int) { return sleepers.sleep_for(10); };
            auto consume = [&](AsyncGenerator<int>& results) -> Task<> {
                co_await results.next(); // makes room for one
                co_await sleep(1h);
                CHECK(sleepers.now == 0);
                CHECK(sleepers.begun == static_cast<int>(limit) + 1);
                while (co_await results.next()) co_await sleep(1s);
            };
            auto body = [&]() -> Task<> { co_await with(map_concurrent(count_to(7), limit, ten), consume); };
            run_test(body);
            CHECK(sleepers.most == static_cast<int>(limit));
            CHECK(sleepers.begun == 7);
        }
    }

    TEST_CASE("map_concurrent asks its source for one item at a time, and for none ahead of its room") {
        int asked = 0;
        auto generate = [&]() -> AsyncGenerator<int> {
            while (asked < 5) {
                ++asked;
                co_await sleep(1ms);
                co_yield asked;
            }
        };
        Sleepers sleepers;
        auto consume = [&](AsyncGenerator<int>& results) -> Task<> {
            co_await results.next();
            co_await sleep(1h);
            CHECK(asked == 3);
        };
        auto body = [&]() -> Task<> { co_await with(map_concurrent(generate(), 2, sleepers.function()), consume); };
        run_test(body);
    }

    TEST_CASE("map_concurrent takes move-only items and gives references and nothing at all") {
        int there = 0;
        auto body = [&]() -> Task<> {
            auto make = [](int value) { return std::make_unique<int>(value); };
            auto open = [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
                co_return std::move(pointer);
            };
            auto pointers = co_await map_concurrent(count_to(3).map(make), 2, open).collect();
            REQUIRE(pointers.size() == 3);
            CHECK(*pointers[2] == 3);

            auto point = [&](int) -> Task<int&> { co_return there; };
            auto set = [](int& value) { value = 5; };
            co_await map_concurrent(count_to(1), 1, point).for_each(set);
            CHECK(there == 5);

            int ended = 0;
            auto wait = [](int) { return sleep(1ms); };
            co_await map_concurrent(count_to(3), 2, wait).for_each([&](auto) { ++ended; });
            CHECK(ended == 3);
        };
        run_test(body);
    }

    TEST_CASE("map_concurrent takes an empty range, and refuses a limit of 0") {
        Sleepers sleepers;
        std::vector<int> none;
        auto body = [&]() -> Task<> {
            auto nothing = co_await map_concurrent(none, 1, sleepers.function()).collect();
            CHECK(nothing.empty());
            auto useless = [&] { static_cast<void>(map_concurrent(none, 0, sleepers.function())); };
            CHECK_THROWS_AS(useless(), Error);
        };
        run_test(body);
    }

    TEST_CASE("a consumer that has seen enough leaves none of the rest running, and no item is begun any more") {
        Sleepers sleepers;
        auto find = [](AsyncGenerator<int>& results) -> Task<int> {
            while (auto result = co_await results.next())
                if (*result == 2) co_return *result;
            co_return 0;
        };
        auto body = [&](Machine& machine) -> Task<> {
            CHECK(co_await with(map_concurrent(count_to(100), 10, sleepers.function()), find) == 2);
            CHECK(machine.elapsed() == 2ms);
            CHECK(sleepers.now == 0);
            CHECK(sleepers.begun == 11);
            CHECK(sleepers.cancelled == 9);
        };
        run_test(body);
    }

    TEST_CASE("take behind map_concurrent cancels and joins the rest before it ends") {
        Sleepers sleepers;
        auto body = [&]() -> Task<> {
            auto two = co_await map_concurrent(count_to(100), 10, sleepers.function()).take(2).collect();
            CHECK(two == std::vector{1, 2});
            CHECK(sleepers.now == 0);
        };
        run_test(body);
    }

    TEST_CASE("the first failure cancels and joins the rest, and comes behind the results that are there") {
        Sleepers sleepers;
        auto fail_at_three = [&](int value) -> Task<int> {
            int slept = co_await sleepers.sleep_for(value);
            if (slept == 3) throw std::runtime_error("no threes");
            co_return slept;
        };
        auto look_late = [&](AsyncGenerator<int>& results) -> Task<> {
            CHECK(co_await results.next() == 1);
            co_await sleep(1h);
            CHECK(sleepers.now == 0);
            CHECK(co_await results.next() == 2);
            co_await results.next();
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with(map_concurrent(count_to(5), 5, fail_at_three), look_late));
            CHECK(outcome.failure().message() == "no threes");
        };
        run_test(body);
        CHECK(sleepers.cancelled == 2);
    }

    TEST_CASE("a failure of the source ends the work and comes to the consumer") {
        auto generate = []() -> AsyncGenerator<int> {
            co_yield 1;
            throw std::runtime_error("the well is dry");
        };
        Sleepers sleepers;
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(map_concurrent(generate(), 5, sleepers.function()).collect());
            CHECK(outcome.failure().message() == "the well is dry");
            CHECK(sleepers.now == 0);
        };
        run_test(body);
    }

    TEST_CASE("a failure that nobody came to see is thrown where the work is joined") {
        auto fail = [](int value) -> Task<int> {
            if (value == 2) throw std::runtime_error("unseen");
            co_return value;
        };
        auto look_once = [](AsyncGenerator<int>& results) -> Task<int> {
            auto first = co_await results.next();
            co_await sleep(1s);
            co_return *first;
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with(map_concurrent(count_to(3), 3, fail), look_once));
            CHECK(outcome.failure().message() == "unseen");
        };
        run_test(body);
    }

    TEST_CASE("a time-out around map_concurrent cancels and joins all of it, its source's clean-up included") {
        Sleepers sleepers;
        std::string log;
        auto generate = [&]() -> AsyncGenerator<int> {
            try {
                for (int i = 100;; ++i) co_yield i;
            } catch (const Cancelled&) {
                log += '!';
            }
            co_await shield(sleep(10ms));
            log += 'c';
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome =
                co_await attempt(timeout(50ms, map_concurrent(generate(), 4, sleepers.function()).collect()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(sleepers.cancelled == 4);
            CHECK(log == "!c");
            CHECK(machine.elapsed() == 60ms);
        };
        run_test(body);
    }

    TEST_CASE("as_completed starts all in order and gives their values as they come") {
        std::string log;
        auto answer = [&](int time) -> Task<int> {
            log += std::to_string(time);
            co_await sleep(time * 1ms);
            co_return time;
        };
        auto body = [&](Machine& machine) -> Task<> {
            std::vector<int> seen;
            auto note = [&](int time) {
                CHECK(machine.elapsed() == time * 1ms);
                seen.push_back(time);
            };
            std::vector<int> times = {3, 1, 2};
            co_await as_completed(times | std::views::transform(answer)).for_each(note);
            CHECK(log == "312");
            CHECK(seen == std::vector{1, 2, 3});
            std::vector<Task<int>> none;
            auto nothing = co_await as_completed(std::move(none)).collect();
            CHECK(nothing.empty());
        };
        run_test(body);
    }

    TEST_CASE("as_completed cancels and joins the rest where its consumer has enough, and where one fails") {
        Sleepers sleepers;
        std::vector<int> times = {30, 10, 20};
        auto fail = [&](int time) -> Task<int> {
            int slept = co_await sleepers.sleep_for(time);
            throw std::runtime_error(std::to_string(slept));
        };
        auto body = [&]() -> Task<> {
            auto first = co_await as_completed(times | std::views::transform(sleepers.function())).take(1).collect();
            CHECK(first == std::vector{10});
            CHECK(sleepers.cancelled == 2);
            auto outcome = co_await attempt(as_completed(times | std::views::transform(fail)).collect());
            CHECK(outcome.failure().message() == "10");
            CHECK(sleepers.cancelled == 4);
        };
        run_test(body);
    }
}
