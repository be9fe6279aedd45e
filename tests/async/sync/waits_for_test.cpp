#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/barrier.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/sync/channel.hpp>
#include <corduroy/async/sync/condition.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/sync/semaphore.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/names.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <source_location>
#include <string>

using namespace corduroy;

namespace {

// What a Task that awaits this waits for, as the task tree has it. It is cancelled then.
template <class Awaitable>
Task<std::string> words_of(Awaitable awaitable) {
    std::string words;
    auto wait = [&]() -> Task<> { static_cast<void>(co_await std::move(awaitable)); };
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(wait());
        co_await yield_now();
        words = task_tree().entries().back().waits_for;
        group.cancel();
    };
    co_await with_task_group(body);
    co_return words;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("the task tree tells what one who waits at a primitive waits for") {
        auto body = []() -> Task<> {
            Lock lock;
            auto here = std::source_location::current();
            auto guard = co_await lock.acquire(here);
            CHECK(co_await words_of(lock.acquire()) == "a Lock that is held since " + site_text(here));

            Condition condition;
            Lock other;
            auto wait = [&]() -> Task<> {
                auto held = co_await other.acquire();
                co_await condition.wait(held);
            };
            CHECK(co_await words_of(wait()) == "a notification of a Condition");

            Semaphore semaphore(2);
            auto first = co_await semaphore.acquire();
            auto second = co_await semaphore.acquire();
            CHECK(co_await words_of(semaphore.acquire()) == "a token of a Semaphore, all 2 are held");

            CapacityLimiter limiter(1);
            auto borrowed = co_await limiter.acquire();
            CHECK(co_await words_of(limiter.acquire()) == "a token of a CapacityLimiter, 1 of 1 are held");

            Event event;
            CHECK(co_await words_of(event.wait()) == "an Event");
            Barrier barrier(3);
            CHECK(co_await words_of(barrier.wait()) == "a Barrier, 1 of 3 have come");

            Queue<int> queue(1);
            CHECK(co_await words_of(queue.get()) == "an item of a Queue");
            co_await queue.put(1);
            CHECK(co_await words_of(queue.put(2)) == "room in a Queue");
            Channel<int> channel;
            CHECK(co_await words_of(channel.sender.send(1)) == "room in a Channel");
            CHECK(co_await words_of(channel.receiver.next()) == "an item of a Channel");
        };
        run_test(body);
    }
}
