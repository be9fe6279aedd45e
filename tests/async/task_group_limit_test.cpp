#include <corduroy/async/task_group.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Counts how many run at a time, and in which order they began.
struct Crowd {
    std::size_t inside = 0;
    std::size_t most = 0;
    std::vector<int> began;

    Task<> stay(int number, Duration time) {
        began.push_back(number);
        most = std::max(most, ++inside);
        co_await sleep(time);
        --inside;
    }
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a limited group runs so many children at a time, in the order of spawning") {
        for (std::size_t limit : {1, 2, 9, 10, 11}) {
            CAPTURE(limit);
            Crowd crowd;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.limit(limit);
                CHECK(group.limit() == limit);
                for (int number = 0; number < 10; ++number) {
                    if (number % 2 == 0)
                        group.spawn(&Crowd::stay, &crowd, number, 1s);
                    else
                        group.spawn(crowd.stay(number, 1s));
                }
                CHECK(group.running() == std::min<std::size_t>(limit, 10));
                CHECK(group.running() + group.waiting() == 10);
                co_return;
            };
            auto body = [&](Machine& machine) -> Task<> {
                co_await with_task_group(group_body);
                CHECK(machine.elapsed() == 1s * ((10 + limit - 1) / limit));
            };
            run_test(body);
            CHECK(crowd.most == std::min<std::size_t>(limit, 10));
            CHECK(crowd.began == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        }
    }

    TEST_CASE("a limit can be changed while children run and wait") {
        Crowd crowd;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(2);
            for (int number = 0; number < 12; ++number) group.spawn(&Crowd::stay, &crowd, number, 10s);
            co_await sleep(1s);
            CHECK(crowd.inside == 2);
            group.limit(5);
            co_await sleep(1s);
            CHECK(crowd.inside == 5);
            group.limit(1); // those that run go on
            co_await sleep(1s);
            CHECK(crowd.inside == 5);
            co_await sleep(10s);
            CHECK(crowd.inside == 1);
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(crowd.began.size() == 12);
    }

    TEST_CASE("a limit of none is refused") {
        auto group_body = [](TaskGroup& group) -> Task<> {
            group.limit(0);
            co_return;
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "a task group cannot be limited to 0 children: none would ever run");
        };
        run_test(body);
    }

    TEST_CASE("a group that is cancelled drops those who wait: none of them begins, and what they hold is freed") {
        Crowd crowd;
        auto held = std::make_shared<int>(1);
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(1);
            auto stay = [&crowd, held](int number) { return crowd.stay(number, 1h); };
            for (int number = 0; number < 5; ++number) group.spawn(stay, number);
            co_await sleep(1s);
            CHECK(group.waiting() == 4);
            group.cancel();
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(crowd.began == std::vector<int>{0});
        CHECK(held.use_count() == 1);
    }

    TEST_CASE("100,000 children that fail as they are called fail one after another, and not one within another") {
        int called = 0;
        auto refuse = [&](int number) -> Task<> {
            ++called;
            throw std::runtime_error("refused " + std::to_string(number));
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(1);
            group.keep_going();
            group.spawn(sleep(1s));
            for (int number = 0; number < 100'000; ++number) group.spawn(refuse, number);
            CHECK(called == 0);
            co_return;
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "refused 0");
            CHECK(outcome.failure().suppressed().size() == 99'999);
        };
        run_test(body);
        CHECK(called == 100'000);
    }

    TEST_CASE("a callable that waits for its turn has not been called, and so has no coroutine frame") {
        int calls = 0;
        Crowd crowd;
        auto call = [&](int number) {
            ++calls;
            return crowd.stay(number, 1s);
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(2);
            for (int number = 0; number < 100; ++number) group.spawn(call, number);
            CHECK(calls == 2);
            CHECK(group.waiting() == 98);
            co_await sleep(1500ms);
            CHECK(calls == 4);
            group.cancel();
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(calls == 4);
    }

    TEST_CASE(
        "the background work of Deferreds does not count against the limit, which would let a group wait for itself") {
        auto child = []() -> Task<> { co_await ensure_deferred(sleep(1s)); };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(1);
            for (int number = 0; number < 3; ++number) group.spawn(child);
            co_return;
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }
}
