#include <corduroy/async/combine/keyed_rate_limiter.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

using Limiter = KeyedRateLimiter<>;

Task<> note(Machine& machine, Limiter& limiter, std::string key, std::vector<Duration>& times) {
    co_await limiter.acquire(key);
    times.push_back(machine.elapsed());
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("each key has a rate of its own") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter per_host(1, 1s);
            std::vector<Duration> one;
            std::vector<Duration> other;
            co_await gather(note(machine, per_host, "one.test", one), note(machine, per_host, "one.test", one),
                            note(machine, per_host, "other.test", other), note(machine, per_host, "one.test", one));
            CHECK(one == std::vector<Duration>{0s, 1s, 2s});
            CHECK(other == std::vector<Duration>{0s});
            CHECK(per_host.size() == 2);
        };
        run_test(body);
    }

    TEST_CASE("keys that are idle are forgotten when others are used, and those in use are not") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter<int> limiter(1, 1s, 10);
            for (int key = 0; key < 1'000; ++key) co_await limiter.acquire(key);
            CHECK(limiter.size() == 1'000);
            co_await sleep(5s);
            co_await limiter.acquire(0, 6);
            co_await sleep(5s);
            CHECK(limiter.size() == 1'000); // nobody looked
            for (int i = 0; i < 600; ++i) CHECK(limiter.try_acquire(-1, 0));
            CHECK(limiter.size() == 2); // -1 itself, and 0, which lacks a token
            CHECK_FALSE(limiter.try_acquire(0, 10));
            CHECK(limiter.try_acquire(0, 9));
            CHECK(machine.elapsed() == 10s);
        };
        run_test(body);
    }

    TEST_CASE("a key that somebody waits for is remembered, however long ago it was used") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter<int> limiter(1, 1s, 5);
            std::vector<Duration> times;
            auto waiter = [&]() -> Task<> {
                co_await limiter.acquire(7, 5);
                co_await limiter.acquire(7, 5);
                co_await limiter.acquire(7, 5);
                times.push_back(machine.elapsed());
            };
            auto others = [&]() -> Task<> {
                for (int i = 0; i < 100; ++i) {
                    co_await sleep(100ms);
                    co_await limiter.acquire(100 + i);
                }
            };
            co_await gather(waiter(), others());
            CHECK(times == std::vector<Duration>{10s});
        };
        run_test(body);
    }

    TEST_CASE("a wish for a key that was forgotten meanwhile is as good as new") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter limiter(1, 1s);
            co_await limiter.acquire("a");
            auto wish = limiter.acquire("a");
            co_await sleep(1h);
            co_await limiter.acquire("b");
            CHECK(limiter.size() == 1);
            co_await wish;
            CHECK(machine.elapsed() == 1h);
        };
        run_test(body);
    }

    TEST_CASE("a new rate or burst holds for all keys, those that come included") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter limiter(1, 1s, 2);
            co_await limiter.acquire("a", 2);
            limiter.set_rate(1, 100ms);
            limiter.set_burst(1);
            co_await limiter.acquire("a");
            CHECK(machine.elapsed() == 100ms);
            auto outcome = co_await attempt(limiter.acquire("b", 2));
            CHECK_FALSE(outcome);
            co_await limiter.acquire("b");
            co_await limiter.acquire("b");
            CHECK(machine.elapsed() == 200ms);
            CHECK_THROWS_AS(limiter.set_rate(0, 1s), Error);
        };
        run_test(body);
    }

    TEST_CASE("a cancelled waiter of a key leaves its queue and loses no token") {
        auto body = [](Machine& machine) -> Task<> {
            KeyedRateLimiter limiter(1, 1s);
            co_await limiter.acquire("a");
            auto outcome = co_await attempt(timeout(500ms, limiter.acquire("a")));
            CHECK(outcome.failure().check<TimeoutError>());
            co_await limiter.acquire("a");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }
}
