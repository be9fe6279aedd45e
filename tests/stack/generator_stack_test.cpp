// The stack does not grow (law 4), in any build: not with items that are ready, nor with generators upon generators.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int depth = 100'000;

AsyncGenerator<int> count_to(int last) {
    for (int i = 1; i <= last; ++i) co_yield i;
}

AsyncGenerator<int> count_slowly() {
    for (int i = 1;; ++i) {
        co_await sleep(1s);
        co_yield i;
    }
}

AsyncGenerator<int> pass_on(AsyncGenerator<int> source) {
    while (auto item = co_await source.next()) co_yield *item;
}

AsyncGenerator<int> upon_each_other(AsyncGenerator<int> generator) {
    for (int i = 0; i < depth; ++i) generator = pass_on(std::move(generator));
    return generator;
}

} // namespace

TEST_SUITE("stack") {
    TEST_CASE("a million items that are ready at once") {
        auto body = []() -> Task<long> {
            long sum = 0;
            AsyncGenerator<int> numbers = count_to(1'000'000);
            while (auto number = co_await numbers.next()) sum += *number;
            co_return sum;
        };
        CHECK(sim::run(body) == 500'000'500'000);
    }

    TEST_CASE("100,000 generators upon each other give their items, end and are destroyed") {
        auto body = []() -> Task<> {
            AsyncGenerator<int> numbers = upon_each_other(count_to(2));
            CHECK(co_await numbers.next() == 1);
            CHECK(co_await numbers.next() == 2);
            CHECK_FALSE(co_await numbers.next());
        };
        sim::run(body);
    }

    TEST_CASE("100,000 generators upon each other are dropped in their middle, and before they began") {
        auto body = []() -> Task<> {
            {
                AsyncGenerator<int> unused = upon_each_other(count_to(2));
            }
            AsyncGenerator<int> numbers = upon_each_other(count_to(2));
            CHECK(co_await numbers.next() == 1);
        };
        sim::run(body);
    }

    TEST_CASE("100,000 generators upon each other are cancelled") {
        auto body = []() -> Task<> {
            AsyncGenerator<int> numbers = upon_each_other(count_slowly());
            auto outcome = co_await attempt(timeout(500ms, numbers.next()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        sim::run(body);
    }
}
