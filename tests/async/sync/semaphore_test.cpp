#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/semaphore.hpp>
#include <corduroy/async/task_group.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("a semaphore lets as many through as it has tokens, and not one more") {
        std::size_t now = 0;
        std::size_t most = 0;
        auto body = [&](Machine& machine) -> Task<> {
            Semaphore semaphore(3);
            auto work = [&]() -> Task<> {
                auto token = co_await semaphore.acquire();
                most = std::max(most, ++now);
                co_await sleep(1s);
                --now;
            };
            std::vector<Task<>> tasks;
            for (int i = 0; i < 10; ++i) tasks.push_back(work());
            co_await gather(std::move(tasks));
            CHECK(machine.elapsed() == 4s);
        };
        run_test(body);
        CHECK(most == 3);
    }

    TEST_CASE("a semaphore tells how many tokens are free, how many there are, and how many wait") {
        auto body = []() -> Task<> {
            Semaphore semaphore(2);
            CHECK(semaphore.tokens() == 2);
            auto first = co_await semaphore.acquire();
            auto second = co_await semaphore.acquire();
            CHECK(semaphore.tokens() == 0);
            CHECK(semaphore.limit() == 2);
            auto wait = [&]() -> Task<> { auto third = co_await semaphore.acquire(); };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(wait());
                co_await sleep(1s);
                CHECK(semaphore.waiting() == 1);
                first.release();
            };
            co_await with_task_group(group_body);
            CHECK(semaphore.tokens() == 1);
        };
        run_test(body);
    }

    TEST_CASE("a semaphore of no tokens is an error") {
        CHECK_THROWS_WITH_AS(Semaphore(0), "a Semaphore was made with no tokens", Error);
    }

    TEST_CASE("a semaphore's token is given back once: a second release is an error, not one token more") {
        auto body = []() -> Task<> {
            Semaphore semaphore(2);
            auto token = co_await semaphore.acquire();
            token.release();
            CHECK_THROWS_WITH_AS(token.release(), "release of a Semaphore's token that is not held", Error);
            CHECK(semaphore.tokens() == 2);
        };
        run_test(body);
    }

    TEST_CASE("run of a semaphore holds a token while it calls and awaits") {
        auto body = []() -> Task<> {
            Semaphore semaphore(1);
            auto work = [&]() -> Task<std::size_t> {
                co_await sleep(1s);
                co_return semaphore.tokens();
            };
            CHECK(co_await semaphore.run(work) == 0);
            CHECK(semaphore.tokens() == 1);
        };
        run_test(body);
    }
}
