#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("a lock tells whether it is held and how many wait for it") {
        auto body = []() -> Task<> {
            Lock lock;
            CHECK_FALSE(lock.locked());
            auto guard = co_await lock.acquire();
            CHECK(lock.locked());
            auto wait = [&]() -> Task<> { auto second = co_await lock.acquire(); };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(wait());
                group.spawn(wait());
                co_await sleep(1s);
                CHECK(lock.waiting() == 2);
                guard.release();
            };
            co_await with_task_group(group_body);
            CHECK_FALSE(lock.locked());
            CHECK(lock.waiting() == 0);
        };
        run_test(body);
    }

    TEST_CASE("only who holds a lock can release it, and once: all else is an error") {
        auto body = []() -> Task<> {
            Lock lock;
            Lock::Guard nothing;
            CHECK_THROWS_WITH_AS(nothing.release(), "release of a Lock that is not held", Error);
            auto guard = co_await lock.acquire();
            guard.release();
            CHECK_THROWS_AS(guard.release(), Error);
            auto first = co_await lock.acquire();
            auto second = std::move(first);
            CHECK_THROWS_AS(first.release(), Error);
            CHECK(lock.locked());
        };
        run_test(body);
    }

    TEST_CASE("a task that acquires a lock it holds gets an error that names both places, not a deadlock") {
        auto body = []() -> Task<> {
            Lock lock;
            auto again = [&]() -> Task<> { auto second = co_await lock.acquire(); };
            auto guard = co_await lock.acquire();
            auto outcome = co_await attempt(again()); // deeper in the same task
            REQUIRE(outcome.failure().check<Error>());
            std::string message = outcome.failure().message();
            CHECK(message.starts_with("acquire of a Lock at "));
            CHECK(message.find(" by the task that holds it since ") != std::string::npos);
            CHECK(message.ends_with(": it would wait for itself"));
            CHECK(message.find("lock_test.cpp") != message.rfind("lock_test.cpp"));
            CHECK_THROWS_AS(static_cast<void>(lock.try_acquire()), Error);
        };
        sim::run(body);
    }

    TEST_CASE("a task that got a lock by waiting for it gets that error too") {
        auto body = []() -> Task<> {
            Lock lock;
            auto twice = [&]() -> Task<> {
                auto first = co_await lock.acquire();
                auto second = co_await lock.acquire();
            };
            auto hold = [&]() -> Task<> {
                auto guard = co_await lock.acquire();
                co_await sleep(1s);
            };
            auto outcome = co_await attempt(gather(hold(), twice()));
            CHECK(outcome.failure().check<Error>());
        };
        run_test(body);
    }

    TEST_CASE("what a task gathers are tasks of their own: they wait for a lock that it holds") {
        auto body = [](Machine& machine) -> Task<> {
            Lock lock;
            auto guard = co_await lock.acquire();
            auto wait = [&]() -> Task<> { auto second = co_await lock.acquire(); };
            auto let_go = [&]() -> Task<> {
                co_await sleep(1s);
                guard.release();
            };
            co_await gather(wait(), let_go());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("run calls and awaits with the lock held, gives the value, and releases when it fails too") {
        auto body = []() -> Task<> {
            Lock lock;
            auto awaited = [&]() -> Task<int> {
                co_await sleep(1s);
                CHECK(lock.locked());
                co_return 7;
            };
            CHECK(co_await lock.run(awaited) == 7);
            CHECK_FALSE(lock.locked());
            auto plain = [&] { return lock.locked(); };
            CHECK(co_await lock.run(plain));
            auto fails = [&] { throw Error("broken"); };
            auto outcome = co_await attempt(lock.run(fails));
            CHECK(outcome.failure().message() == "broken");
            CHECK_FALSE(lock.locked());
        };
        run_test(body);
    }

    TEST_CASE("a lock whose acquires complete at once still lets others run") {
        bool stop = false;
        int acquired = 0;
        auto spin = [&]() -> Task<> {
            Lock lock;
            while (!stop) {
                auto guard = co_await lock.acquire();
                ++acquired;
            }
        };
        auto end = [&]() -> Task<> {
            co_await yield_now();
            stop = true;
        };
        auto body = [&]() -> Task<> { co_await gather(spin(), end()); };
        run_test(body);
        CHECK(acquired > 0);
        CHECK(acquired < 10'000);
    }

    TEST_CASE("a hundred thousand waiters are served and cancelled without growing the stack") {
        constexpr int waiters = 100'000;
        int served = 0;
        auto body = [&]() -> Task<> {
            Lock lock;
            auto wait = [&]() -> Task<> {
                auto guard = co_await lock.acquire();
                ++served;
            };
            Cancellable half;
            auto cancelled_half = [&]() -> Task<> {
                auto group_body = [&](TaskGroup& group) -> Task<> {
                    for (int i = 0; i < waiters / 2; ++i) group.spawn(wait());
                    co_return;
                };
                co_await with_task_group(group_body);
            };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto guard = co_await lock.acquire();
                for (int i = 0; i < waiters / 2; ++i) group.spawn(wait());
                group.spawn(half.run(cancelled_half()));
                co_await sleep(1s);
                CHECK(lock.waiting() == waiters);
                half.cancel();
                CHECK(lock.waiting() == waiters / 2);
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(served == waiters / 2);
    }
}
