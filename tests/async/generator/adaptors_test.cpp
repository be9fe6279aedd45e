#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/generators.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count_to(int last) {
    for (int i = 1; i <= last; ++i) co_yield i;
}

// Writes down its clean-up, which takes a while.
AsyncGenerator<int> count_until_closed(std::string& log) {
    bool cancelled = false;
    try {
        for (int i = 1;; ++i) co_yield i;
    } catch (const Cancelled&) {
        cancelled = true;
    }
    co_await shield(sleep(10ms));
    log += 'c';
    if (cancelled) co_await yield_now();
}

AsyncGenerator<int> fail_after(int items) {
    for (int i = 1; i <= items; ++i) co_yield i;
    throw std::runtime_error("the well is dry");
}

AsyncGenerator<std::unique_ptr<int>> pointers() {
    for (int i = 1; i <= 3; ++i) co_yield std::make_unique<int>(i);
}

Task<int> twice(int value) {
    co_await sleep(1ms);
    co_return 2 * value;
}

Task<bool> is_even(int value) {
    co_await sleep(1ms);
    co_return value % 2 == 0;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("map gives what its function gives, and awaits it where that is a Task") {
        auto body = [](Machine& machine) -> Task<> {
            auto add_one = [](int value) { return value + 1; };
            auto plain = co_await count_to(3).map(add_one).collect();
            CHECK(plain == std::vector{2, 3, 4});
            auto awaited = co_await count_to(3).map(twice).map(add_one).collect();
            CHECK(awaited == std::vector{3, 5, 7});
            CHECK(machine.elapsed() == 3ms);
        };
        run_test(body);
    }

    TEST_CASE("map passes move-only items on, and takes a member for its function") {
        struct Person {
            std::string name;
        };
        std::vector<Person> people = {{"Ada"}, {"Grace"}};
        auto body = [&]() -> Task<> {
            auto unpack = [](std::unique_ptr<int> pointer) { return *pointer; };
            auto values = co_await pointers().map(unpack).collect();
            CHECK(values == std::vector{1, 2, 3});

            AsyncGenerator<std::string&> names = generator_of(people).map(&Person::name);
            while (std::string* name = co_await names.next()) *name += '!';
            CHECK(people[0].name == "Ada!");
            CHECK(people[1].name == "Grace!");
        };
        run_test(body);
    }

    TEST_CASE("filter leaves out what its function does not want, and awaits it where that is a Task") {
        auto body = []() -> Task<> {
            auto is_odd = [](int value) { return value % 2 != 0; };
            auto odd = co_await count_to(5).filter(is_odd).collect();
            CHECK(odd == std::vector{1, 3, 5});
            auto even = co_await count_to(5).filter(is_even).collect();
            CHECK(even == std::vector{2, 4});
            auto left = [](const std::unique_ptr<int>& pointer) { return *pointer != 2; };
            auto some = co_await pointers().filter(left).collect();
            REQUIRE(some.size() == 2);
            CHECK(*some[1] == 3);
        };
        run_test(body);
    }

    TEST_CASE("take gives the first items, and asks its source for no more") {
        int made = 0;
        auto generate = [&]() -> AsyncGenerator<int> {
            while (true) co_yield ++made;
        };
        auto body = [&]() -> Task<> {
            auto three = co_await generate().take(3).collect();
            CHECK(three == std::vector{1, 2, 3});
            CHECK(made == 3);
            auto none = co_await generate().take(0).collect();
            CHECK(none.empty());
            CHECK(made == 3);
            auto all = co_await count_to(2).take(3).collect();
            CHECK(all == std::vector{1, 2});
        };
        run_test(body);
    }

    TEST_CASE("take_while ends before the first item that its function does not want") {
        auto body = []() -> Task<> {
            auto small = [](int value) { return value < 3; };
            auto few = co_await count_to(5).take_while(small).collect();
            CHECK(few == std::vector{1, 2});
        };
        run_test(body);
    }

    TEST_CASE("chunks gives items together, and at the end, or before a failure, those that are left") {
        auto body = []() -> Task<> {
            auto whole = co_await count_to(5).chunks(2).collect();
            CHECK(whole == std::vector<std::vector<int>>{{1, 2}, {3, 4}, {5}});
            auto chunks = fail_after(3).chunks(2);
            auto first = co_await chunks.next();
            CHECK(first == std::vector{1, 2});
            auto rest = co_await chunks.next();
            CHECK(rest == std::vector{3});
            auto outcome = co_await attempt(chunks.next());
            CHECK(outcome.failure().message() == "the well is dry");
            CHECK_THROWS_AS(static_cast<void>(count_to(1).chunks(0)), Error);
        };
        run_test(body);
    }

    TEST_CASE("for_each calls a function with each item, and awaits it where it gives a Task") {
        auto body = [](Machine& machine) -> Task<> {
            int sum = 0;
            co_await count_to(4).for_each([&](int value) { sum += value; });
            CHECK(sum == 10);
            co_await count_to(4).for_each([](int) { return sleep(1ms); });
            CHECK(machine.elapsed() == 4ms);
        };
        run_test(body);
    }

    TEST_CASE("a generator of a range gives references where the range has them, and values where it makes them") {
        auto body = []() -> Task<> {
            std::vector<int> numbers = {1, 2, 3};
            AsyncGenerator<int&> there = generator_of(numbers);
            int* first = co_await there.next();
            CHECK(first == &numbers[0]);

            const std::vector<int>& constant = numbers;
            AsyncGenerator<const int&> read_only = generator_of(constant);
            CHECK(*co_await read_only.next() == 1);

            AsyncGenerator<int> made = generator_of(std::views::iota(1, 4));
            auto values = co_await std::move(made).collect();
            CHECK(values == numbers);

            std::vector<std::string> words = {"a", "b"};
            auto kept = co_await generator_of(std::move(words)).collect();
            REQUIRE(kept.size() == 2);
            CHECK(kept[1] == "b");
        };
        run_test(body);
    }

    TEST_CASE("an adaptor that has enough closes its source, and waits for its clean-up") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto two = co_await count_until_closed(log).map(twice).take(2).collect();
            CHECK(two == std::vector{2, 4});
            CHECK(log == "c");
            CHECK(machine.elapsed() == 12ms);
        };
        run_test(body);
    }

    TEST_CASE("closing an adaptor closes its source") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto always = [](int) { return true; };
            auto numbers = count_until_closed(log).filter(always).map(twice).take(5).chunks(1);
            co_await numbers.next();
            co_await numbers.close();
            CHECK(log == "c");
        };
        run_test(body);
    }

    TEST_CASE("a failure of an adaptor's function closes the source before it comes out") {
        std::string log;
        auto fail_at_two = [](int value) {
            if (value == 2) throw std::runtime_error("no twos");
            return value;
        };
        auto body = [&]() -> Task<> {
            auto numbers = count_until_closed(log).map(fail_at_two);
            CHECK(co_await numbers.next() == 1);
            auto outcome = co_await attempt(numbers.next());
            CHECK(outcome.failure().message() == "no twos");
            CHECK(log == "c");
            CHECK_FALSE(co_await numbers.next());
        };
        run_test(body);
    }

    TEST_CASE("a failure of the clean-up rides along with the failure that led to it") {
        auto generate = []() -> AsyncGenerator<int> {
            try {
                co_yield 1;
            } catch (const Cancelled&) {
                throw std::runtime_error("cannot be given back");
            }
        };
        auto fail = [](int) -> int { throw std::runtime_error("no ones"); };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(generate().map(fail).collect());
            CHECK(outcome.failure().message() == "no ones");
            auto suppressed = outcome.failure().suppressed();
            REQUIRE(suppressed.size() == 1);
            CHECK(suppressed[0].message() == "cannot be given back");
        };
        run_test(body);
    }

    TEST_CASE("a time-out that strikes in the middle of a row of adaptors closes the source and is told as such") {
        std::string log;
        auto slowly = [](int value) -> Task<int> {
            co_await sleep(1s);
            co_return value;
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1500ms, count_until_closed(log).map(slowly).take(5).collect()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(log == "c");
            CHECK(machine.elapsed() == 1510ms);
        };
        run_test(body);
    }

    TEST_CASE("a loop over a generator that is left by a failure closes it in for_each and with") {
        std::string log;
        auto fail = [](int) { throw std::runtime_error("enough"); };
        auto break_off = [](AsyncGenerator<int>& numbers) -> Task<int> {
            auto first = co_await numbers.next();
            co_return *first;
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(count_until_closed(log).for_each(fail));
            CHECK(outcome.failure().message() == "enough");
            CHECK(log == "c");
            CHECK(co_await with(count_until_closed(log), break_off) == 1);
            CHECK(log == "cc");
        };
        run_test(body);
    }
}
