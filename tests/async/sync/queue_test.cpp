#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/sync/sync_error.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Gets until the end, and notes what it got behind its name.
Task<> consume(Queue<int>& queue, std::string name, std::string& got) {
    while (auto item = co_await queue.get()) got += name + std::to_string(*item);
}

Task<> get_one(Queue<int>& queue, std::string name, std::string& got) {
    auto item = co_await queue.get();
    got += name + (item ? std::to_string(*item) : "-");
    co_await yield_now();
}

Task<> put_one(Queue<int>& queue, int item, std::string& log) {
    co_await queue.put(item);
    log += "p" + std::to_string(item);
    co_await yield_now();
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a queue gives first what was put first") {
        auto body = []() -> Task<> {
            Queue<int> queue;
            for (int i = 0; i < 100; ++i) co_await queue.put(i);
            CHECK(queue.size() == 100);
            for (int i = 0; i < 100; ++i) {
                auto item = co_await queue.get();
                CHECK(*item == i);
            }
            CHECK(queue.empty());
        };
        run_test(body);
    }

    TEST_CASE("an item goes to who has waited longest for one") {
        std::string got;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            auto put = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(queue.waiting_getters() == 3);
                for (int i = 1; i <= 3; ++i) CHECK(queue.try_put(i));
                CHECK(queue.empty());
                CHECK_FALSE(queue.try_get()); // the items are those of who waited, though nobody has run yet
            };
            co_await gather(get_one(queue, "a", got), get_one(queue, "b", got), get_one(queue, "c", got), put());
        };
        run_test(body);
        CHECK(got == "a1b2c3");
    }

    TEST_CASE("put waits while the queue is full, and those who wait are served in order") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            Queue<int> queue(1);
            auto get = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(log == "p1");
                CHECK(queue.waiting_putters() == 2);
                for (int i = 1; i <= 3; ++i) {
                    auto item = co_await queue.get();
                    CHECK(*item == i);
                    CHECK_FALSE(queue.try_put(9)); // the room was for who waited
                    if (i == 2) break;
                }
                CHECK(queue.waiting_putters() == 0);
                CHECK(queue.size() == 1);
            };
            co_await gather(put_one(queue, 1, log), put_one(queue, 2, log), put_one(queue, 3, log), get());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(log == "p1p2p3");
    }

    TEST_CASE("try_put refuses at the bound and not one earlier, and leaves the item") {
        Queue<std::unique_ptr<int>> queue(2);
        CHECK(queue.capacity() == 2);
        CHECK(queue.try_put(std::make_unique<int>(1)));
        CHECK(queue.try_put(std::make_unique<int>(2)));
        auto third = std::make_unique<int>(3);
        CHECK_FALSE(queue.try_put(std::move(third)));
        REQUIRE(third != nullptr);
        CHECK(**queue.try_get() == 1);
        CHECK(queue.try_put(std::move(third)));
        CHECK(third == nullptr);
        CHECK(queue.size() == 2);
    }

    TEST_CASE("a queue has a bound by default, and can be made without") {
        Queue<int> queue;
        for (std::size_t i = 0; i < Queue<int>::default_capacity; ++i) REQUIRE(queue.try_put(1));
        CHECK_FALSE(queue.try_put(1));
        Queue<int> unbounded(Queue<int>::unbounded);
        for (std::size_t i = 0; i <= Queue<int>::default_capacity; ++i) REQUIRE(unbounded.try_put(1));
    }

    TEST_CASE("move-only items pass through a queue, buffered, handed over, and from one who waited") {
        auto body = []() -> Task<> {
            Queue<std::unique_ptr<int>> queue(1);
            auto put = [&]() -> Task<> {
                for (int i = 0; i < 5; ++i) co_await queue.put(std::make_unique<int>(i));
                queue.close();
            };
            auto get = [&]() -> Task<> {
                int next = 0;
                while (auto item = co_await queue.get()) CHECK(**item == next++);
                CHECK(next == 5);
            };
            co_await gather(put(), get());
            co_return;
        };
        run_test(body);
    }

    TEST_CASE("who gets from a closed queue is given what is left, and then the end") {
        std::string got;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            for (int i = 1; i <= 3; ++i) co_await queue.put(i);
            queue.close();
            queue.close();
            CHECK(queue.closed());
            CHECK(queue.size() == 3);
            co_await consume(queue, "", got);
            auto after = co_await queue.get();
            CHECK_FALSE(after);
            CHECK_FALSE(queue.try_get());
        };
        run_test(body);
        CHECK(got == "123");
    }

    TEST_CASE("closing a queue ends all who wait to get") {
        std::string got;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            auto close = [&]() -> Task<> {
                co_await sleep(1s);
                queue.close();
            };
            co_await gather(get_one(queue, "a", got), get_one(queue, "b", got), close());
        };
        run_test(body);
        CHECK(got == "a-b-");
    }

    TEST_CASE("putting into a closed queue is an error, also for who waited to put when it was closed") {
        auto body = []() -> Task<> {
            Queue<int> queue(1);
            co_await queue.put(1);
            auto waits = [&]() -> Task<> {
                auto outcome = co_await attempt(queue.put(2));
                CHECK(outcome.failure().check<ClosedResourceError>());
            };
            auto close = [&]() -> Task<> {
                co_await sleep(1s);
                queue.close();
            };
            co_await gather(waits(), close());
            auto outcome = co_await attempt(queue.put(3));
            CHECK(outcome.failure().check<ClosedResourceError>());
            CHECK(outcome.failure().message() == "put into a Queue that is closed");
            CHECK_THROWS_AS(static_cast<void>(queue.try_put(4)), ClosedResourceError);
            auto item = co_await queue.get();
            CHECK(*item == 1);
            CHECK(queue.empty());
        };
        run_test(body);
    }

    TEST_CASE("a cancelled getter leaves the queue and loses no item") {
        std::string got;
        Cancellable a;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(a.run(get_one(queue, "a", got)));
                group.spawn(get_one(queue, "b", got));
                co_await sleep(1s);
                a.cancel();
                CHECK(queue.waiting_getters() == 1);
                CHECK(queue.try_put(1)); // before the cancelled one has run
                CHECK(queue.try_put(2));
            };
            co_await with_task_group(group_body);
            CHECK(queue.size() == 1);
        };
        run_test(body);
        CHECK(got == "b1");
        CHECK(a.raised());
    }

    TEST_CASE("a getter that is cancelled when it was handed an item already delivers it, and the next await raises") {
        std::string got;
        Cancellable a;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(a.run(get_one(queue, "a", got)));
                co_await sleep(1s);
                CHECK(queue.try_put(1));
                a.cancel();
            };
            co_await with_task_group(group_body);
            CHECK(queue.empty());
        };
        run_test(body);
        CHECK(got == "a1");
        CHECK(a.raised());
    }

    TEST_CASE("a get under a timeout that passes in the same turn as the item comes loses nothing") {
        int received = 0;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            auto put = [&]() -> Task<> {
                for (int i = 0; i < 100; ++i) {
                    co_await sleep(10ms);
                    co_await queue.put(i);
                }
                queue.close();
            };
            auto get = [&]() -> Task<> {
                for (;;) {
                    auto item = co_await attempt(timeout(10ms, queue.get()));
                    if (!item) continue;
                    if (!*item) break;
                    CHECK(**item == received);
                    ++received;
                }
            };
            co_await gather(put(), get());
        };
        run_test(body);
        CHECK(received == 100);
    }

    TEST_CASE("a cancelled putter leaves the queue, and its item is never got") {
        std::string log;
        Cancellable second;
        auto body = [&]() -> Task<> {
            Queue<int> queue(1);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(put_one(queue, 1, log));
                group.spawn(second.run(put_one(queue, 2, log)));
                group.spawn(put_one(queue, 3, log));
                co_await sleep(1s);
                second.cancel();
                CHECK(queue.waiting_putters() == 1);
                CHECK(*queue.try_get() == 1);
                CHECK(*queue.try_get() == 3);
                CHECK_FALSE(queue.try_get());
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(log == "p1p3");
        CHECK(second.raised());
    }

    TEST_CASE("a putter that is cancelled when its item was taken already returns, and the next await raises") {
        std::string log;
        Cancellable second;
        auto body = [&]() -> Task<> {
            Queue<int> queue(1);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(put_one(queue, 1, log));
                group.spawn(second.run(put_one(queue, 2, log)));
                co_await sleep(1s);
                CHECK(*queue.try_get() == 1); // makes room for 2
                second.cancel();
                CHECK(*queue.try_get() == 2);
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(log == "p1p2");
        CHECK(second.raised());
    }

    TEST_CASE("get and put in a cancelled scope raise, and leave the queue as it is") {
        std::string log;
        Cancellable getter;
        Cancellable putter;
        auto body = [&]() -> Task<> {
            Queue<int> queue;
            co_await queue.put(1);
            auto get = [&]() -> Task<> {
                getter.cancel();
                co_await get_one(queue, "a", log);
            };
            auto put = [&]() -> Task<> {
                putter.cancel();
                co_await put_one(queue, 2, log);
            };
            co_await getter.run(get());
            co_await putter.run(put());
            CHECK(queue.size() == 1);
        };
        run_test(body);
        CHECK(getter.raised());
        CHECK(putter.raised());
        CHECK(log.empty());
    }

    TEST_CASE("a queue of capacity 0 hands over from put to get, whoever comes first") {
        std::string log;
        auto body = [&]() -> Task<> {
            Queue<int> queue(0);
            CHECK_FALSE(queue.try_put(9));
            auto late_get = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(log.empty());
                co_await get_one(queue, "g", log);
            };
            co_await gather(put_one(queue, 1, log), late_get());
            CHECK(log == "g1p1");
            auto late_put = [&]() -> Task<> {
                co_await sleep(1s);
                co_await put_one(queue, 2, log);
            };
            co_await gather(get_one(queue, "g", log), late_put());
        };
        run_test(body);
        CHECK(log == "g1p1p2g2");
    }

    TEST_CASE("get and put of a queue that never complete end by their timeouts") {
        auto body = [](Machine& machine) -> Task<> {
            Queue<int> queue(1);
            auto got = co_await attempt(timeout(1s, queue.get()));
            CHECK(got.failure().check<TimeoutError>());
            co_await queue.put(1);
            auto put = co_await attempt(timeout(1s, queue.put(2)));
            CHECK(put.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 2s);
            CHECK(queue.waiting_getters() == 0);
            CHECK(queue.waiting_putters() == 0);
        };
        run_test(body);
    }

    TEST_CASE("what is left in a queue is destroyed with it") {
        auto item = std::make_shared<int>(1);
        {
            Queue<std::shared_ptr<int>> queue;
            for (int i = 0; i < 20; ++i) CHECK(queue.try_put(item));
            for (int i = 0; i < 5; ++i) CHECK(queue.try_get());
            CHECK(item.use_count() == 16);
        }
        CHECK(item.use_count() == 1);
    }

    TEST_CASE("many producers pass every item once, in each producer's order, at any capacity") {
        for (std::size_t capacity : {0, 1, 7, 1000}) {
            for (std::size_t consumers : {1, 3}) {
                std::vector<std::vector<int>> got(10);
                auto body = [&]() -> Task<> {
                    Queue<std::pair<std::size_t, int>> queue(capacity);
                    auto produce = [&](std::size_t number) -> Task<> {
                        for (int i = 0; i < 100; ++i) co_await queue.put(std::pair(number, i));
                    };
                    auto produce_all = [&]() -> Task<> {
                        std::vector<Task<>> producers;
                        for (std::size_t number = 0; number < got.size(); ++number)
                            producers.push_back(produce(number));
                        co_await gather(std::move(producers));
                        queue.close();
                    };
                    auto consume = [&]() -> Task<> {
                        while (auto item = co_await queue.get()) got[item->first].push_back(item->second);
                    };
                    std::vector<Task<>> tasks;
                    tasks.push_back(produce_all());
                    for (std::size_t i = 0; i < consumers; ++i) tasks.push_back(consume());
                    co_await gather(std::move(tasks));
                };
                run_test(body);
                std::vector<int> all(100);
                std::iota(all.begin(), all.end(), 0);
                for (auto& items : got) {
                    // One who was handed an item runs later than one who finds an item there.
                    if (consumers > 1) std::ranges::sort(items);
                    CHECK(items == all);
                }
            }
        }
    }
}
