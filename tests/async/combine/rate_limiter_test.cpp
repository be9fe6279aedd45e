#include <corduroy/async/combine/rate_limiter.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/within.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <ranges>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Acquires, and notes when.
Task<> note(Machine& machine, RateLimiter& limiter, std::size_t tokens, std::vector<Duration>& times) {
    co_await limiter.acquire(tokens);
    times.push_back(machine.elapsed());
}

Task<> note_after(Machine& machine, Duration delay, RateLimiter& limiter, std::size_t tokens,
                  std::vector<Duration>& times) {
    co_await sleep(delay);
    co_await note(machine, limiter, tokens, times);
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a rate limiter lets a burst through at once, and then tokens come at its rate") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 3);
            std::vector<Duration> times;
            for (int i = 0; i < 6; ++i) co_await note(machine, limiter, 1, times);
            CHECK(times == std::vector<Duration>{0ms, 0ms, 0ms, 100ms, 200ms, 300ms});
        };
        run_test(body);
    }

    TEST_CASE("after a pause a rate limiter has as many tokens as it holds, and no more") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 2);
            std::vector<Duration> times;
            co_await limiter.acquire(2);
            co_await sleep(1h);
            CHECK(limiter.available() == 2);
            CHECK(limiter.idle());
            for (int i = 0; i < 4; ++i) co_await note(machine, limiter, 1, times);
            CHECK(times == std::vector<Duration>{1h, 1h, 1h + 100ms, 1h + 200ms});
        };
        run_test(body);
    }

    TEST_CASE("tokens come to the nanosecond, without drift, where the rate does not divide the time") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(3, 1s, 1);
            std::vector<Duration> times;
            for (int i = 0; i < 7; ++i) co_await note(machine, limiter, 1, times);
            CHECK(times ==
                  std::vector<Duration>{0ns, 333'333'334ns, 666'666'667ns, 1s, 1'333'333'334ns, 1'666'666'667ns, 2s});
            for (int i = 0; i < 3'000; ++i) co_await limiter.acquire();
            CHECK(machine.elapsed() == 1002s);
        };
        run_test(body);
    }

    TEST_CASE("the burst is the rate where it is not said") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(4, 2s);
            co_await limiter.acquire(4);
            CHECK(machine.elapsed() == 0s);
            co_await limiter.acquire(1);
            CHECK(machine.elapsed() == 500ms);
        };
        run_test(body);
    }

    TEST_CASE("several tokens are taken together, when all of them are there") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 5);
            std::vector<Duration> times;
            co_await note(machine, limiter, 4, times);
            co_await note(machine, limiter, 5, times);
            co_await note(machine, limiter, 2, times);
            CHECK(times == std::vector<Duration>{0ms, 400ms, 600ms});
        };
        run_test(body);
    }

    TEST_CASE(
        "those who wait for a rate limiter are served in the order of their coming, small wishes after large ones") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s);
            co_await limiter.acquire(10);
            std::vector<Duration> large;
            std::vector<Duration> small;
            auto intruder = [&]() -> Task<> {
                co_await sleep(300ms);
                CHECK(limiter.available() == 3);
                CHECK_FALSE(limiter.try_acquire(1)); // they are the first one's
                CHECK(limiter.waiting() == 2);
            };
            co_await gather(note(machine, limiter, 5, large), note_after(machine, 100ms, limiter, 1, small),
                            intruder());
            CHECK(large == std::vector<Duration>{500ms});
            CHECK(small == std::vector<Duration>{600ms});
        };
        run_test(body);
    }

    TEST_CASE("a cancelled waiter leaves the rate limiter's queue and loses no token") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 8);
            co_await limiter.acquire(8);
            std::vector<Duration> times;
            auto impatient = [&]() -> Task<> {
                auto outcome = co_await attempt(timeout(500ms, limiter.acquire(8)));
                CHECK(outcome.failure().check<TimeoutError>());
                CHECK(machine.elapsed() == 500ms);
            };
            // The second one's 2 tokens are there when the first one gives up, and 3 are left.
            co_await gather(impatient(), note(machine, limiter, 2, times));
            CHECK(times == std::vector<Duration>{500ms});
            CHECK(limiter.available() == 3);
            CHECK(limiter.waiting() == 0);
        };
        run_test(body);
    }

    TEST_CASE("a waiter that is cancelled in the middle of the queue holds nobody up") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(1, 1s);
            co_await limiter.acquire();
            std::vector<Duration> times;
            auto impatient = [&]() -> Task<> {
                static_cast<void>(co_await attempt(timeout(100ms, limiter.acquire())));
            };
            co_await gather(note(machine, limiter, 1, times), impatient(), note(machine, limiter, 1, times));
            CHECK(times == std::vector<Duration>{1s, 2s});
        };
        run_test(body);
    }

    TEST_CASE("when all who wait are cancelled together, none of them takes a token") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 5);
            co_await limiter.acquire(5);
            auto all = gather(limiter.acquire(5), limiter.acquire(1), limiter.acquire(1));
            auto outcome = co_await attempt(timeout(300ms, std::move(all)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 300ms);
            CHECK(limiter.available() == 3);
        };
        run_test(body);
    }

    TEST_CASE("a token that comes in the turn of the cancellation is either taken or left") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 1);
            co_await limiter.acquire();
            bool taken = false;
            auto take = [&]() -> Task<> {
                co_await limiter.acquire();
                taken = true;
            };
            auto outcome = co_await attempt(timeout(100ms, take()));
            CHECK(machine.elapsed() == 100ms);
            CHECK(limiter.available() == (taken ? 0 : 1));
            CHECK(static_cast<bool>(outcome) == taken);
        };
        run_test(body);
    }

    TEST_CASE("acquiring in a cancelled scope raises Cancelled and takes nothing") {
        auto body = []() -> Task<> {
            RateLimiter limiter(10, 1s);
            CancelScope scope;
            scope.cancel();
            bool acquired = co_await within(scope, limiter.acquire(3));
            CHECK_FALSE(acquired);
            CHECK(limiter.available() == 10);
        };
        run_test(body);
    }

    TEST_CASE("try_acquire takes what is there, and never waits") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(2, 1s);
            CHECK(limiter.try_acquire());
            CHECK(limiter.try_acquire());
            CHECK_FALSE(limiter.try_acquire());
            co_await sleep(499'999'999ns);
            CHECK_FALSE(limiter.try_acquire());
            co_await sleep(1ns);
            CHECK(limiter.try_acquire());
            CHECK(machine.elapsed() == 500ms);
        };
        run_test(body);
    }

    TEST_CASE("more tokens than the bucket holds are an error, at once, that says so") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s, 5);
            auto outcome = co_await attempt(limiter.acquire(6));
            CHECK(outcome.failure().message() ==
                  "taking 6 tokens from a RateLimiter with a burst of 5 is never possible");
            CHECK_THROWS_AS(limiter.try_acquire(6), Error);
            CHECK(machine.elapsed() == 0s);
            CHECK(limiter.available() == 5);
        };
        run_test(body);
    }

    TEST_CASE("a new rate counts from when it is set, also for those who wait") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(1, 10s, 2);
            co_await limiter.acquire(2);
            std::vector<Duration> times;
            auto faster = [&]() -> Task<> {
                co_await sleep(5s); // half a token is there
                limiter.set_rate(1, 1s);
            };
            auto slower = [&]() -> Task<> {
                co_await sleep(6s); // half a token more than the first one took
                limiter.set_rate(1, 20s);
            };
            co_await gather(note(machine, limiter, 1, times), note(machine, limiter, 1, times), faster(), slower());
            CHECK(times == std::vector<Duration>{5s + 500ms, 16s});
        };
        run_test(body);
    }

    TEST_CASE("a smaller burst spills tokens, and fails those who wait for more than it") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(10, 1s);
            CHECK(limiter.available() == 10);
            limiter.set_burst(4);
            CHECK(limiter.available() == 4);
            limiter.set_burst(8);
            CHECK(limiter.available() == 4);
            co_await sleep(100ms);
            CHECK(limiter.available() == 5);
            auto shrink = [&]() -> Task<> {
                co_await sleep(100ms);
                limiter.set_burst(6);
                limiter.set_burst(20);
            };
            auto [large, small, shrunk] = co_await settle(limiter.acquire(8), limiter.acquire(6), shrink());
            CHECK(large.failure().message() ==
                  "taking 8 tokens from a RateLimiter with a burst of 6 is never possible");
            CHECK(small);
            CHECK(shrunk);
            CHECK(machine.elapsed() == 200ms);
        };
        run_test(body);
    }

    TEST_CASE("a rate limiter may be made before its reactor runs") {
        RateLimiter limiter(1, 1s, 2);
        CHECK(limiter.available() == 2);
        limiter.set_rate(2, 1s);
        CHECK(limiter.available() == 2);
        auto body = [&](Machine& machine) -> Task<> {
            co_await limiter.acquire(2);
            co_await limiter.acquire(1);
            CHECK(machine.elapsed() == 500ms);
        };
        run_test(body);
    }

    TEST_CASE("a rate limiter refuses numbers that mean nothing, or that it cannot count") {
        CHECK_THROWS_AS(RateLimiter(0, 1s), Error);
        CHECK_THROWS_AS(RateLimiter(1, 0s), Error);
        CHECK_THROWS_AS(RateLimiter(1, -1s), Error);
        CHECK_THROWS_AS(RateLimiter(1, 1s, 0), Error);
        CHECK_THROWS_AS(RateLimiter(999'999'937, 24h, 1'000'000'000'000), Error);
        RateLimiter fast(1'000'000'000, 1s);
        CHECK(fast.time_to_fill() == 1s);
        CHECK_THROWS_AS(fast.set_burst(0), Error);
        CHECK_THROWS_WITH(RateLimiter(5, 0s), "a RateLimiter lets at least 1 token through, in a time above zero, and "
                                              "holds at least 1: not 5 in 0 s with a burst of 5");
    }

    TEST_CASE("a rate limiter paces a bounded gather") {
        auto body = [](Machine& machine) -> Task<> {
            RateLimiter limiter(5, 1s, 1);
            auto work = [&](int) -> Task<> {
                co_await limiter.acquire();
                co_await sleep(1s);
            };
            co_await gather(std::views::iota(0, 11) | std::views::transform(work), 10);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("what waits for a rate limiter says so") {
        auto body = []() -> Task<> {
            RateLimiter limiter(1, 1s, 3);
            auto waits = limiter.acquire(3).operator co_await();
            CHECK(waits.waits_for() == "3 tokens of a rate limiter for which 0 wait");
            co_return;
        };
        run_test(body);
    }
}
