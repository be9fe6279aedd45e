// gather(range, limit) and settle(range, limit).

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Counts what was made, and how many run at once.
struct Count {
    int made = 0;
    int running = 0;
    int most = 0;
    int cancelled = 0;
};

Task<int> work(Count& count, int seconds) {
    count.most = std::max(count.most, ++count.running);
    try {
        co_await sleep(seconds * 1s);
    } catch (const Cancelled&) {
        ++count.cancelled;
        --count.running;
        throw;
    }
    --count.running;
    co_return seconds;
}

Task<int> work_or_fail(Count& count, int seconds) {
    int result = co_await work(count, seconds < 0 ? -seconds : seconds);
    if (seconds < 0) throw std::runtime_error("failed after " + std::to_string(result));
    co_return result;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("gather with a limit runs at most so many at once, and gives the values in order") {
        Count count;
        std::vector<int> seconds = {3, 1, 1, 2, 1};
        auto make = [&](int time) {
            ++count.made;
            return work(count, time);
        };
        auto body = [&](Machine& machine) -> Task<> {
            std::vector<int> values = co_await gather(seconds | std::views::transform(make), 2);
            CHECK(values == seconds);
            CHECK(machine.elapsed() == 4s); // 3 and 1 beside 1, 1, 2
        };
        run_test(body);
        CHECK(count.made == 5);
        CHECK(count.most == 2);
    }

    TEST_CASE("the coroutine of an element that waits for its turn is not even made") {
        Count count;
        auto make = [&](int) {
            ++count.made;
            return work(count, 1);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto watch = [&]() -> Task<> {
                for (int second = 1; second <= 3; ++second) {
                    co_await sleep_until(machine.reactor().now() + 500ms);
                    CHECK(count.made == 10 * second);
                    co_await sleep(500ms);
                }
            };
            co_await gather(gather(std::views::iota(0, 30) | std::views::transform(make), 10), watch());
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
        CHECK(count.made == 30);
        CHECK(count.most == 10);
    }

    TEST_CASE("a limit larger than the range is as none") {
        Count count;
        auto make = [&](int) { return work(count, 1); };
        auto body = [&](Machine& machine) -> Task<> {
            auto values = co_await gather(std::views::iota(0, 5) | std::views::transform(make), 1'000'000'000);
            CHECK(values == std::vector<int>(5, 1));
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(count.most == 5);
    }

    TEST_CASE("a limit of one runs them one after the other") {
        Count count;
        auto make = [&](int) { return work(count, 1); };
        auto body = [&](Machine& machine) -> Task<> {
            co_await gather(std::views::iota(0, 5) | std::views::transform(make), 1);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
        CHECK(count.most == 1);
    }

    TEST_CASE("a limit of zero is an error, and an empty range no work") {
        Count count;
        auto make = [&](int) { return work(count, 1); };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(gather(std::views::iota(0, 5) | std::views::transform(make), 0));
            CHECK(outcome.failure().message() == "a limit of 0 at once would let none of the range run");
            auto nothing = co_await gather(std::views::iota(0, 0) | std::views::transform(make), 3);
            CHECK(nothing.empty());
            auto no_results = co_await settle(std::views::iota(0, 0) | std::views::transform(make), 3);
            CHECK(no_results.empty());
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("a bounded gather takes a range without an end or a size, and elements that complete at once") {
        std::istringstream words("one two three four");
        auto length = [](std::string word) -> Task<std::size_t> { co_return word.size(); };
        auto body = [&]() -> Task<> {
            auto lengths = co_await gather(std::views::istream<std::string>(words) | std::views::transform(length), 3);
            CHECK(lengths == std::vector<std::size_t>{3, 3, 5, 4});
            int calls = 0;
            auto call = [&](int) -> Task<> {
                if (++calls == 100'000) throw std::runtime_error("enough");
                co_return;
            };
            auto endless = co_await attempt(gather(std::views::iota(0) | std::views::transform(call), 4));
            CHECK(endless.failure().message() == "enough");
            CHECK(calls < 100'004); // the others had begun theirs
        };
        run_test(body);
    }

    TEST_CASE("a bounded gather takes containers: Tasks given away, Deferreds, move-only values, plain awaitables") {
        Count count;
        auto pointer = [](int value) -> Task<std::unique_ptr<int>> {
            co_await sleep(1s);
            co_return std::make_unique<int>(value);
        };
        auto body = [&](Machine& machine) -> Task<> {
            std::vector<Task<int>> tasks;
            for (int i = 0; i < 4; ++i) tasks.push_back(work(count, 1));
            co_await gather(std::move(tasks), 2);
            CHECK(machine.elapsed() == 2s);

            std::vector<Deferred<int>> deferreds(3);
            machine.reactor().call_later(1s, [&] {
                for (int i = 2; i >= 0; --i) deferreds[static_cast<std::size_t>(i)].callback(i);
            });
            auto values = co_await gather(deferreds, 2);
            CHECK(values == std::vector<int>{0, 1, 2});

            auto pointers = co_await gather(std::views::iota(0, 3) | std::views::transform(pointer), 2);
            CHECK(*pointers[2] == 2);
            CHECK(machine.elapsed() == 5s);
            std::vector<Sleep> sleeps(6, sleep(1s));
            co_await gather(sleeps, 3);
            CHECK(machine.elapsed() == 7s);
        };
        run_test(body);
    }

    TEST_CASE("at the first failure a bounded gather cancels those that run and begins no more") {
        Count count;
        std::vector<int> seconds = {5, -1, 3, 1, 1};
        auto make = [&](int time) {
            ++count.made;
            return work_or_fail(count, time);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(gather(seconds | std::views::transform(make), 3));
            CHECK(outcome.failure().message() == "failed after 1");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(count.made == 3);
        CHECK(count.cancelled == 2);
        CHECK(count.running == 0);
    }

    TEST_CASE("cancelling a bounded gather cancels and joins those that run, and begins no more") {
        Count count;
        auto make = [&](int) {
            ++count.made;
            return work(count, 10);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto elements = std::views::iota(0, 9) | std::views::transform(make);
            auto outcome = co_await attempt(timeout(15s, gather(elements, 3)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 15s);
        };
        run_test(body);
        CHECK(count.made == 6);
        CHECK(count.cancelled == 3);
        CHECK(count.running == 0);
    }

    TEST_CASE("what making an element throws fails a bounded gather or settle, when those that run have been joined") {
        Count count;
        auto make = [&](int number) {
            if (number == 2) throw std::runtime_error("cannot make it");
            return work(count, 1);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto elements = std::views::iota(0, 9) | std::views::transform(make);
            auto outcome = co_await attempt(gather(elements, 2));
            CHECK(outcome.failure().message() == "cannot make it");
            auto settled = co_await attempt(settle(elements, 3));
            CHECK(settled.failure().message() == "cannot make it");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(count.cancelled == 2); // those that ran when the third one, in the settle, could not be made
        CHECK(count.running == 0);
    }

    TEST_CASE("settle with a limit keeps every outcome in its place") {
        Count count;
        std::vector<int> seconds = {2, -1, 1, -3};
        auto make = [&](int time) { return work_or_fail(count, time); };
        auto body = [&](Machine& machine) -> Task<> {
            auto results = co_await settle(seconds | std::views::transform(make), 2);
            REQUIRE(results.size() == 4);
            CHECK(*results[0] == 2);
            CHECK(results[1].failure().message() == "failed after 1");
            CHECK(*results[2] == 1);
            CHECK(results[3].failure().message() == "failed after 3");
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
        CHECK(count.most == 2);
    }

    TEST_CASE("settle with a limit and a bound cancels the late ones, and does not begin those whose turn never came") {
        Count count;
        auto make = [&](int seconds) {
            ++count.made;
            return work(count, seconds);
        };
        std::vector<int> seconds = {1, 5, 5, 1, 1};
        auto body = [&](Machine& machine) -> Task<> {
            auto results = co_await settle(seconds | std::views::transform(make), 2).within(3s);
            REQUIRE(results.size() == 5);
            CHECK(*results[0] == 1);
            CHECK(results[1].failure().message() == "the operation timed out after 3 s");
            CHECK(results[2].failure().check<TimeoutError>());
            CHECK(results[3].failure().message() == "waiting for its turn timed out after 3 s");
            CHECK(results[4].failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
        CHECK(count.made == 3);
        CHECK(count.cancelled == 2);
    }

    TEST_CASE("a bounded settle does not turn the cancellation of a scope around it into values") {
        Count count;
        bool went_on = false;
        auto make = [&](int) {
            ++count.made;
            return work(count, 10);
        };
        auto settling = [&]() -> Task<> {
            auto results = co_await settle(std::views::iota(0, 9) | std::views::transform(make), 2);
            went_on = true;
            static_cast<void>(results);
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, settling()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK_FALSE(went_on);
        CHECK(count.made == 2);
        CHECK(count.cancelled == 2);
    }

    TEST_CASE(
        "elements that outlast the cancellation of a scope around a bounded settle are delivered if all were begun") {
        auto stubborn = [](int number) -> Task<int> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
            }
            co_return number;
        };
        std::size_t delivered = 0;
        auto settling = [&](int elements) -> Task<> {
            auto results = co_await settle(std::views::iota(0, elements) | std::views::transform(stubborn), 2);
            delivered = results.size();
            co_await yield_now();
        };
        auto body = [&]() -> Task<> {
            auto all_begun = co_await attempt(timeout(1s, settling(2)));
            CHECK(all_begun.failure().check<TimeoutError>());
            CHECK(delivered == 2);
            delivered = 0;
            auto one_left = co_await attempt(timeout(1s, settling(3)));
            CHECK(one_left.failure().check<TimeoutError>());
            CHECK(delivered == 0);
        };
        run_test(body);
    }
}
