#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/generators.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count_every(Duration pause, int first, int last) {
    for (int i = first; i <= last; ++i) {
        co_await sleep(pause);
        co_yield i;
    }
}

AsyncGenerator<int> count_made(int last, int& made) {
    for (made = 1; made <= last; ++made) co_yield made;
}

AsyncGenerator<int> fail_after(Duration time) {
    co_await sleep(time);
    throw std::runtime_error("the well is dry");
    co_yield 1;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("buffered makes items while its consumer is busy with others") {
        auto use = [](AsyncGenerator<int>& numbers) -> Task<> {
            while (co_await numbers.next()) co_await sleep(10ms);
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with(count_every(10ms, 1, 5).buffered(2), use);
            CHECK(machine.elapsed() == 60ms); // one after the other it would be 100
        };
        run_test(body);
    }

    TEST_CASE("buffered makes no more items ahead than it was asked to") {
        for (int ahead : {1, 2, 3}) {
            int made = 0;
            auto use = [&](AsyncGenerator<int>& numbers) -> Task<> {
                CHECK(co_await numbers.next() == 1);
                co_await sleep(1s);
                CHECK(made == 1 + ahead);
                CHECK(co_await numbers.next() == 2);
                co_await sleep(1s);
                CHECK(made == 2 + ahead);
            };
            auto body = [&]() -> Task<> {
                co_await with(count_made(100, made).buffered(static_cast<std::size_t>(ahead)), use);
            };
            run_test(body);
        }
        CHECK_THROWS_AS(static_cast<void>(count_every(1s, 1, 1).buffered(0)), Error);
    }

    TEST_CASE("a failure comes behind the items that were buffered before it") {
        auto generate = []() -> AsyncGenerator<int> {
            co_yield 1;
            co_yield 2;
            throw std::runtime_error("the well is dry");
        };
        auto use = [](AsyncGenerator<int>& numbers) -> Task<> {
            CHECK(co_await numbers.next() == 1);
            co_await sleep(1s);
            CHECK(co_await numbers.next() == 2);
            auto outcome = co_await attempt(numbers.next());
            CHECK(outcome.failure().message() == "the well is dry");
            CHECK_FALSE(co_await numbers.next());
        };
        auto body = [&]() -> Task<> { co_await with(generate().buffered(), use); };
        run_test(body);
    }

    TEST_CASE("a time-out around the next item of a buffered generator loses nothing, and the generator lives on") {
        auto use = [](AsyncGenerator<int>& numbers) -> Task<> {
            auto outcome = co_await attempt(timeout(4ms, numbers.next()));
            CHECK(outcome.failure().check<TimeoutError>());
            outcome = co_await attempt(timeout(4ms, numbers.next()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(co_await timeout(4ms, numbers.next()) == 1);
            CHECK(co_await numbers.next() == 2);
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with(count_every(10ms, 1, 5).buffered(1), use);
            CHECK(machine.elapsed() == 20ms);
        };
        run_test(body);
    }

    TEST_CASE("leaving a buffered generator closes its source, and waits for the clean-up") {
        std::string log;
        auto generate = [&]() -> AsyncGenerator<int> {
            try {
                for (int i = 1;; ++i) co_yield i;
            } catch (const Cancelled&) {
                log += '!';
            }
            co_await shield(sleep(10ms));
            log += 'c';
        };
        auto use = [](AsyncGenerator<int>& numbers) -> Task<int> {
            auto first = co_await numbers.next();
            co_return *first;
        };
        auto body = [&](Machine& machine) -> Task<> {
            CHECK(co_await with(generate().buffered(3), use) == 1);
            CHECK(log == "!c");
            CHECK(machine.elapsed() == 10ms);
        };
        run_test(body);
    }

    TEST_CASE("merge gives the items of several generators as they come, and turn by turn where all are ready") {
        auto body = [](Machine& machine) -> Task<> {
            auto timed = co_await merge(count_every(10ms, 1, 2), count_every(15ms, 11, 12)).collect();
            CHECK(timed == std::vector{1, 11, 2, 12});
            CHECK(machine.elapsed() == 30ms);
            std::vector<int> ones = {1, 2, 3, 4};
            std::vector<int> tens = {10, 20, 30};
            auto ready = co_await merge(generator_of(ones), generator_of(tens)).collect();
            CHECK(ready == std::vector{1, 10, 2, 20, 3, 30, 4});
            std::vector<AsyncGenerator<int>> none;
            auto nothing = co_await merge(std::move(none)).collect();
            CHECK(nothing.empty());
        };
        run_test(body);
    }

    TEST_CASE("the first generator that fails ends the others of a merge") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<int> seen;
            auto note = [&](int value) { seen.push_back(value); };
            auto outcome = co_await attempt(merge(count_every(10ms, 1, 100), fail_after(25ms)).for_each(note));
            CHECK(outcome.failure().message() == "the well is dry");
            CHECK(seen == std::vector{1, 2});
            CHECK(machine.elapsed() == 25ms);
        };
        run_test(body);
    }

    TEST_CASE("pipelines are merged and adapted like generators, in one group") {
        auto twice = [](int value) -> Task<int> {
            co_await sleep(1ms);
            co_return 2 * value;
        };
        auto is_small = [](int value) { return value < 10; };
        auto body = [&]() -> Task<> {
            auto seen =
                co_await merge(count_every(2ms, 1, 3).map_concurrent(2, twice), count_every(6ms, 7, 7).buffered())
                    .filter(is_small)
                    .map_concurrent_ordered(2, twice)
                    .take(3)
                    .collect();
            CHECK(seen == std::vector{4, 8, 14});
        };
        run_test(body);
    }

    TEST_CASE("in a group of the consumer's a pipeline is a generator, and the group joins what a dropped one leaves") {
        std::string log;
        auto slow = [&](int value) -> Task<int> {
            try {
                co_await sleep(value * 1s);
            } catch (const Cancelled&) {
            }
            co_await shield(sleep(1ms));
            log += std::to_string(value);
            co_return value;
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                {
                    AsyncGenerator<int> numbers = count_every(0s, 1, 3).map_concurrent(3, slow).in(group);
                    CHECK(co_await numbers.next() == 1);
                }
                log += '.';
            };
            co_await with_task_group(use);
            CHECK(log == "1.23");
            CHECK(machine.elapsed() == 1s + 2ms);
        };
        run_test(body);
    }

    TEST_CASE("closing a generator that works in a group waits for its work alone") {
        auto body = [](Machine& machine) -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                group.spawn(sleep(1h));
                AsyncGenerator<int> numbers = count_every(1ms, 1, 9).buffered(3).in(group);
                CHECK(co_await numbers.next() == 1);
                co_await numbers.close();
                CHECK(machine.elapsed() == 1ms);
                CHECK_FALSE(co_await numbers.next());
            };
            co_await with_task_group(use);
            CHECK(machine.elapsed() == 1h);
        };
        run_test(body);
    }

    TEST_CASE("a pipeline that was never asked for an item starts nothing") {
        int made = 0;
        auto body = [&]() -> Task<> {
            {
                auto unused = count_made(3, made).buffered();
            }
            auto use = [&](TaskGroup& group) -> Task<> {
                AsyncGenerator<int> dropped = count_made(3, made).buffered().in(group);
                AsyncGenerator<int> closed = count_made(3, made).buffered().in(group);
                co_await closed.close();
            };
            co_await with_task_group(use);
            auto look_away = [](AsyncGenerator<int>&) -> Task<> { co_return; };
            co_await with(count_made(3, made).buffered(), look_away);
        };
        run_test(body);
        CHECK(made == 0);
    }

    TEST_CASE("what work at the side of a dropped generator fails with is the failure of its group") {
        auto generate = []() -> AsyncGenerator<int> {
            try {
                co_yield 1;
                co_await sleep(1h);
            } catch (const Cancelled&) {
                throw std::runtime_error("cannot be given back");
            }
        };
        auto body = [&]() -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                AsyncGenerator<int> numbers = generate().buffered().in(group);
                co_await numbers.next();
                co_await sleep(1s);
            };
            auto outcome = co_await attempt(with_task_group(use));
            CHECK(outcome.failure().message() == "cannot be given back");
        };
        run_test(body);
    }

    TEST_CASE("a failure at the side of a generator that is dropped before it saw it is reported, once") {
        std::vector<std::string> reported;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { reported.push_back(failure.message()); });
            auto generate = []() -> AsyncGenerator<int> {
                co_yield 1;
                throw std::runtime_error("unseen");
            };
            auto use = [&](TaskGroup& group) -> Task<> {
                AsyncGenerator<int> numbers = generate().buffered().in(group);
                CHECK(co_await numbers.next() == 1);
                co_await sleep(1s);
            };
            co_await with_task_group(use);
        };
        run_test(body);
        CHECK(reported == std::vector<std::string>{"unseen"});
    }

    TEST_CASE("a consumer outside of the group that is cancelled is told why there are no more items") {
        auto body = []() -> Task<> {
            std::optional<AsyncGenerator<int>> numbers;
            auto run = [&](TaskGroup& group) -> Task<> {
                numbers.emplace(count_every(1ms, 1, 9).buffered(1).in(group));
                co_await sleep(10ms);
                group.cancel();
            };
            auto use = [&]() -> Task<> {
                co_await sleep(1ms);
                CHECK(co_await numbers->next() == 1);
                co_await sleep(1s);
                CHECK(co_await numbers->next() == 2);
                auto outcome = co_await attempt(numbers->next());
                CHECK(outcome.failure().check<CancelledError>());
            };
            co_await gather(with_task_group(run), use());
        };
        run_test(body);
    }

    TEST_CASE("the failure of a body rides ahead of what its generator's work fails with") {
        auto generate = []() -> AsyncGenerator<int> {
            try {
                co_yield 1;
                co_await sleep(1h);
            } catch (const Cancelled&) {
                throw std::runtime_error("cannot be given back");
            }
        };
        auto fail = [](AsyncGenerator<int>& numbers) -> Task<> {
            co_await numbers.next();
            co_await sleep(1s);
            throw std::runtime_error("enough");
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with(generate().buffered(), fail));
            CHECK(outcome.failure().message() == "enough");
            auto suppressed = outcome.failure().suppressed();
            REQUIRE(suppressed.size() == 1);
            CHECK(suppressed[0].message() == "cannot be given back");
        };
        run_test(body);
    }
}
