#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/condition.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A lock, a condition, and those who wait for it by their names.
struct Room {
    Lock lock;
    Condition changed;
    std::string order;

    Task<> wait(char name) {
        auto guard = co_await lock.acquire();
        co_await changed.wait(guard);
        CHECK(lock.locked());
        CHECK(bool(guard));
        order += name;
        co_await yield_now();
    }
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a condition releases the lock while it waits, and holds it again when it returns") {
        Room room;
        auto body = [&]() -> Task<> {
            auto change = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                CHECK(room.changed.waiting() == 1);
                room.changed.notify_one();
                co_await sleep(1s);
                CHECK(room.order.empty()); // not before the lock is released
            };
            co_await gather(room.wait('a'), change());
        };
        run_test(body);
        CHECK(room.order == "a");
        CHECK_FALSE(room.lock.locked());
    }

    TEST_CASE("a condition wakes those who wait longest, as many as it is told") {
        Room room;
        auto body = [&]() -> Task<> {
            auto notify = [&]() -> Task<> {
                co_await sleep(1s);
                room.changed.notify_one();
                co_await sleep(1s);
                CHECK(room.order == "a");
                room.changed.notify(2);
                co_await sleep(1s);
                CHECK(room.order == "abc");
                room.changed.notify_all();
                room.changed.notify_all(); // nobody: not remembered
            };
            co_await gather(room.wait('a'), room.wait('b'), room.wait('c'), room.wait('d'), room.wait('e'), notify());
        };
        run_test(body);
        CHECK(room.order == "abcde");
    }

    TEST_CASE("a condition waits until a predicate holds, which is asked with the lock held") {
        Room room;
        int jobs = 0;
        auto body = [&](Machine& machine) -> Task<> {
            auto wait = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                auto enough = [&] {
                    CHECK(room.lock.locked());
                    return jobs == 3;
                };
                co_await room.changed.wait(guard, enough);
                CHECK(machine.elapsed() == 3s);
                co_await room.changed.wait(guard, enough); // at once
            };
            auto add = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    co_await sleep(1s);
                    auto guard = co_await room.lock.acquire();
                    ++jobs;
                    room.changed.notify_all();
                }
            };
            co_await gather(wait(), add());
        };
        run_test(body);
    }

    TEST_CASE("who is cancelled in a condition has the lock again when Cancelled is raised") {
        Room room;
        Cancellable waiter;
        bool held = false;
        auto body = [&](Machine& machine) -> Task<> {
            auto wait = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                try {
                    co_await room.changed.wait(guard);
                } catch (const Cancelled&) {
                    held = bool(guard) && room.lock.locked() && machine.elapsed() == 2s;
                    throw;
                }
            };
            auto cancel = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                co_await sleep(1s);
                waiter.cancel();
                CHECK(room.changed.waiting() == 0);
                co_await sleep(1s);
            };
            co_await gather(waiter.run(wait()), cancel());
        };
        run_test(body);
        CHECK(held);
        CHECK(waiter.raised());
        CHECK_FALSE(room.lock.locked());
    }

    TEST_CASE("a waiter that is cancelled leaves the condition, and the notification is another's") {
        Room room;
        Cancellable a;
        auto body = [&]() -> Task<> {
            auto notify = [&]() -> Task<> {
                co_await sleep(1s);
                a.cancel();
                room.changed.notify_one();
            };
            co_await gather(a.run(room.wait('a')), room.wait('b'), notify());
        };
        run_test(body);
        CHECK(room.order == "b");
        CHECK(a.raised());
    }

    TEST_CASE("a waiter that is cancelled when it was notified already returns, and the next await raises") {
        Room room;
        Cancellable a;
        auto body = [&]() -> Task<> {
            auto notify = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                room.changed.notify_one();
                a.cancel(); // it waits for the lock
                co_await sleep(1s);
            };
            co_await gather(a.run(room.wait('a')), notify());
        };
        run_test(body);
        CHECK(room.order == "a");
        CHECK(a.raised());
    }

    TEST_CASE("those whom a condition woke wait for the lock behind those who want it already") {
        Room room;
        auto body = [&]() -> Task<> {
            auto want = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                room.order += 'w';
            };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(room.wait('a'));
                co_await sleep(1s);
                auto guard = co_await room.lock.acquire();
                group.spawn(want());
                co_await sleep(1s);
                room.changed.notify_one();
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(room.order == "wa");
    }

    TEST_CASE("waiting for a condition without holding a lock is an error") {
        Room room;
        auto body = [&]() -> Task<> {
            Lock::Guard nothing;
            auto outcome = co_await attempt(room.changed.wait(nothing));
            REQUIRE(outcome.failure().check<Error>());
            CHECK(outcome.failure().message().starts_with("wait for a Condition at "));
            CHECK(outcome.failure().message().ends_with(" without holding a Lock"));
        };
        run_test(body);
    }

    TEST_CASE("a wait that begins in a cancelled scope raises, and keeps the lock") {
        Room room;
        Cancellable a;
        auto body = [&]() -> Task<> {
            auto work = [&]() -> Task<> {
                auto guard = co_await room.lock.acquire();
                a.cancel();
                try {
                    co_await room.changed.wait(guard);
                } catch (const Cancelled&) {
                    CHECK(bool(guard));
                    CHECK(room.changed.waiting() == 0);
                    throw;
                }
            };
            co_await a.run(work());
        };
        run_test(body);
        CHECK(a.raised());
    }

    TEST_CASE("a condition that is never notified ends by a timeout, with the lock held") {
        Room room;
        auto body = [&](Machine& machine) -> Task<> {
            auto guard = co_await room.lock.acquire();
            auto outcome = co_await attempt(timeout(1s, room.changed.wait(guard)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            CHECK(bool(guard));
            CHECK(room.lock.locked());
        };
        run_test(body);
    }
}
