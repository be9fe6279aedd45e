// What Lock, Semaphore and CapacityLimiter have in common: each is tested with one thing to be held.

#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/semaphore.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct OneLock : Lock {};
struct OneToken : Semaphore {
    OneToken() : Semaphore(1) {}
};
struct OneBorrower : CapacityLimiter {
    OneBorrower() : CapacityLimiter(1) {}
};

// Holds it for a time, and notes its name when it has it.
template <class One>
Task<> hold(One& one, char name, std::string& order, Duration time = 1s) {
    auto held = co_await one.acquire();
    order += name;
    co_await sleep(time);
}

} // namespace

TYPE_TO_STRING(OneLock);
TYPE_TO_STRING(OneToken);
TYPE_TO_STRING(OneBorrower);

TEST_SUITE("async") {
    TEST_CASE_TEMPLATE("an acquire completes at once where nobody holds it", One, OneLock, OneToken, OneBorrower) {
        auto body = [](Machine& machine) -> Task<> {
            One one;
            auto held = co_await one.acquire();
            CHECK(bool(held));
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE_TEMPLATE("those who wait get it in the order in which they came", One, OneLock, OneToken, OneBorrower) {
        std::string order;
        auto body = [&](Machine& machine) -> Task<> {
            One one;
            co_await gather(hold(one, 'a', order), hold(one, 'b', order), hold(one, 'c', order), hold(one, 'd', order));
            CHECK(machine.elapsed() == 4s);
        };
        run_test(body);
        CHECK(order == "abcd");
    }

    TEST_CASE_TEMPLATE("a release hands it to the first who waits, and nobody barges in", One, OneLock, OneToken,
                       OneBorrower) {
        std::string order;
        auto body = [&]() -> Task<> {
            One one;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto held = co_await one.acquire();
                group.spawn(hold(one, 'w', order));
                co_await sleep(1s);
                held.release();
                CHECK(one.waiting() == 0);
                CHECK_FALSE(one.try_acquire()); // the one who waited has it, though it has not run yet
                held = co_await one.acquire();
                order += 'b';
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "wb");
    }

    TEST_CASE_TEMPLATE("a cancelled waiter leaves the queue, and the others keep their order", One, OneLock, OneToken,
                       OneBorrower) {
        std::string order;
        Cancellable b;
        auto body = [&]() -> Task<> {
            One one;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto held = co_await one.acquire();
                group.spawn(hold(one, 'a', order));
                group.spawn(b.run(hold(one, 'b', order)));
                group.spawn(hold(one, 'c', order));
                co_await sleep(1s);
                CHECK(one.waiting() == 3);
                b.cancel();
                CHECK(one.waiting() == 2);
            };
            co_await with_task_group(group_body);
            CHECK(bool(one.try_acquire()));
        };
        run_test(body);
        CHECK(order == "ac");
        CHECK(b.raised());
    }

    TEST_CASE_TEMPLATE("a waiter that is cancelled when it was handed it already gets it, and the next await raises",
                       One, OneLock, OneToken, OneBorrower) {
        std::string order;
        Cancellable a;
        auto body = [&]() -> Task<> {
            One one;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto held = co_await one.acquire();
                group.spawn(a.run(hold(one, 'a', order)));
                group.spawn(hold(one, 'b', order));
                co_await sleep(1s);
                held.release();
                a.cancel(); // it has not run since
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "ab");
        CHECK(a.raised());
    }

    TEST_CASE_TEMPLATE("a waiter that was cancelled before the release is passed over", One, OneLock, OneToken,
                       OneBorrower) {
        std::string order;
        Cancellable a;
        auto body = [&]() -> Task<> {
            One one;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto held = co_await one.acquire();
                group.spawn(a.run(hold(one, 'a', order)));
                group.spawn(hold(one, 'b', order));
                co_await sleep(1s);
                a.cancel();
                held.release(); // it has not run since
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "b");
        CHECK(a.raised());
    }

    TEST_CASE_TEMPLATE("an acquire in a cancelled scope raises, and takes nothing", One, OneLock, OneToken,
                       OneBorrower) {
        std::string order;
        Cancellable a;
        auto body = [&]() -> Task<> {
            One one;
            auto work = [&]() -> Task<> {
                a.cancel();
                co_await hold(one, 'a', order);
            };
            co_await a.run(work());
            CHECK(a.raised());
            CHECK(bool(one.try_acquire()));
        };
        run_test(body);
        CHECK(order.empty());
    }

    TEST_CASE_TEMPLATE("an acquire that never completes ends by its timeout, and the waiter is gone", One, OneLock,
                       OneToken, OneBorrower) {
        auto body = [](Machine& machine) -> Task<> {
            One one;
            auto holder = [&]() -> Task<> {
                auto held = co_await one.acquire();
                co_await sleep(1h);
            };
            auto waiter = [&]() -> Task<> {
                auto outcome = co_await attempt(timeout(1s, one.acquire()));
                CHECK(outcome.failure().template check<TimeoutError>());
                CHECK(one.waiting() == 0);
                CHECK(machine.elapsed() == 1s);
            };
            co_await gather(holder(), waiter());
        };
        run_test(body);
    }

    TEST_CASE_TEMPLATE("timeout, gather and race take an acquire, and give what it gives", One, OneLock, OneToken,
                       OneBorrower) {
        auto body = []() -> Task<> {
            One one;
            One other;
            {
                auto held = co_await timeout(1s, one.acquire());
                CHECK(bool(held));
                CHECK_FALSE(one.try_acquire());
            }
            {
                auto both = co_await gather(one.acquire(), other.acquire());
                CHECK(bool(both[0]));
                CHECK(bool(both[1]));
            }
            auto held = co_await one.acquire();
            auto won = co_await race(one.acquire(), other.acquire());
            CHECK(won.index == 1);
            CHECK_FALSE(other.try_acquire());
        };
        run_test(body);
    }

    TEST_CASE_TEMPLATE("it is given back on every way out of the scope", One, OneLock, OneToken, OneBorrower) {
        auto body = []() -> Task<> {
            One one;
            auto throws = [&]() -> Task<> {
                auto held = co_await one.acquire();
                throw Error("broken");
            };
            auto outcome = co_await attempt(throws());
            CHECK(outcome.failure().message() == "broken");
            CHECK(bool(one.try_acquire()));
        };
        run_test(body);
    }

    TEST_CASE_TEMPLATE("what is moved changes hands, and is given back once", One, OneLock, OneToken, OneBorrower) {
        auto body = []() -> Task<> {
            One one;
            auto first = co_await one.acquire();
            auto second = std::move(first);
            CHECK_FALSE(first);
            CHECK(bool(second));
            decltype(first) third;
            third = std::move(second);
            CHECK_FALSE(one.try_acquire());
            third = {};
            CHECK(bool(one.try_acquire()));
        };
        run_test(body);
    }

    TEST_CASE_TEMPLATE("a task may acquire again what it moved into other work", One, OneLock, OneToken, OneBorrower) {
        std::string order;
        auto body = [&]() -> Task<> {
            One one;
            auto work = [&](auto held, char name) -> Task<> {
                co_await sleep(1s);
                order += name;
                held.release();
            };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                for (char name : {'a', 'b', 'c'}) {
                    auto held = co_await one.acquire();
                    group.spawn(work(std::move(held), name));
                }
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "abc");
    }
}
