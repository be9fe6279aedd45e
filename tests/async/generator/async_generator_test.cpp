#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count_to(int last) {
    for (int i = 1; i <= last; ++i) co_yield i;
}

AsyncGenerator<int> count_slowly(int last, Duration pause) {
    for (int i = 1; i <= last; ++i) {
        co_await sleep(pause);
        co_yield i;
    }
}

AsyncGenerator<int> fail_after(int items) {
    for (int i = 1; i <= items; ++i) co_yield i;
    co_await yield_now();
    throw std::runtime_error("the well is dry");
}

AsyncGenerator<std::unique_ptr<int>> pointers() {
    co_yield std::make_unique<int>(1);
    auto two = std::make_unique<int>(2);
    co_yield std::move(two);
}

AsyncGenerator<int&> elements(std::vector<int>& numbers) {
    for (int& number : numbers) co_yield number;
}

AsyncGenerator<const std::string&> words() {
    co_yield "converted where it is yielded, and alive until the next one is asked for";
    std::string word = "own";
    co_yield word;
}

struct Tree {
    int value;
    std::vector<Tree> children;
};

AsyncGenerator<const Tree&> walk(const Tree& tree) {
    co_yield tree;
    for (const Tree& child : tree.children) {
        AsyncGenerator<const Tree&> inner = walk(child);
        while (const Tree* below = co_await inner.next()) co_yield *below;
    }
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a generator runs nothing until it is asked, and then no further than its next item") {
        std::string log;
        auto generate = [&]() -> AsyncGenerator<int> {
            log += 'a';
            co_yield 1;
            log += 'b';
            co_yield 2;
            log += 'c';
        };
        auto body = [&]() -> Task<> {
            AsyncGenerator<int> generator = generate();
            log += '0';
            co_await generator.next();
            log += '1';
            co_await generator.next();
            log += '2';
            co_await generator.next();
        };
        run_test(body);
        CHECK(log == "0a1b2c");
    }

    TEST_CASE("a loop over a generator ends where its items do, and each later await gives nothing") {
        auto body = []() -> Task<> {
            std::vector<int> seen;
            AsyncGenerator<int> numbers = count_to(3);
            while (auto number = co_await numbers.next()) seen.push_back(*number);
            CHECK(seen == std::vector{1, 2, 3});
            CHECK_FALSE(co_await numbers.next());
            CHECK_FALSE(co_await numbers.next());
        };
        run_test(body);
    }

    TEST_CASE("a generator gives move-only values, and references without a copy") {
        auto body = []() -> Task<> {
            int sum = 0;
            auto owned = pointers();
            while (auto pointer = co_await owned.next()) sum += **pointer;
            CHECK(sum == 3);

            std::vector<int> numbers = {1, 2, 3};
            auto references = elements(numbers);
            while (int* number = co_await references.next()) *number *= 10;
            CHECK(numbers == std::vector{10, 20, 30});

            auto texts = words();
            std::vector<std::string> seen;
            while (const std::string* text = co_await texts.next()) seen.push_back(*text);
            REQUIRE(seen.size() == 2);
            CHECK(seen[0].starts_with("converted"));
            CHECK(seen[1] == "own");
        };
        run_test(body);
    }

    TEST_CASE("a generator may await between its items, and takes its time from the consumer's") {
        auto body = [](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = count_slowly(3, 10ms);
            while (auto number = co_await numbers.next()) {
                CHECK(machine.elapsed() == *number * 30ms - 20ms);
                co_await sleep(20ms);
            }
        };
        run_test(body);
    }

    TEST_CASE("what a generator throws comes out where its item is awaited, once, and ends it") {
        auto body = []() -> Task<> {
            AsyncGenerator<int> numbers = fail_after(1);
            CHECK(co_await numbers.next() == 1);
            std::string caught;
            try {
                co_await numbers.next();
            } catch (const std::runtime_error& error) {
                caught = error.what();
            }
            CHECK(caught == "the well is dry");
            CHECK_FALSE(co_await numbers.next());
        };
        run_test(body);
    }

    TEST_CASE("a failure carries the await sites of the generator and of its consumer") {
        auto consume = []() -> Task<> {
            AsyncGenerator<int> numbers = fail_after(0);
            co_await numbers.next();
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(consume());
            std::string traceback = outcome.failure().traceback();
            CAPTURE(traceback);
            std::size_t generator = traceback.find("fail_after");
            CHECK(generator != std::string::npos);
            CHECK(traceback.find("operator()", generator) != std::string::npos);
        };
        run_test(body);
    }

    TEST_CASE("each item is made in the cancel scope of whoever awaits it") {
        auto body = [](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = count_slowly(3, 10ms);
            CHECK(co_await timeout(15ms, numbers.next()) == 1);
            co_await sleep(1h); // that deadline is history
            CHECK(co_await timeout(15ms, numbers.next()) == 2);
            CHECK(co_await numbers.next() == 3);
            CHECK(machine.elapsed() == 1h + 30ms);
        };
        run_test(body);
    }

    TEST_CASE("an await inside a generator that is cancelled ends it") {
        auto body = [](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = count_slowly(3, 10ms);
            CHECK(co_await numbers.next() == 1);
            auto outcome = co_await attempt(timeout(5ms, numbers.next()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 15ms);
            CHECK_FALSE(co_await numbers.next());
        };
        run_test(body);
    }

    TEST_CASE("an item that comes although its await was cancelled is delivered") {
        auto stubborn = []() -> AsyncGenerator<int> {
            co_await shield(sleep(10ms));
            co_yield 1;
            co_yield 2;
        };
        auto body = [&](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = stubborn();
            CHECK(co_await timeout(5ms, numbers.next()) == 1);
            CHECK(machine.elapsed() == 10ms);
            CHECK(co_await numbers.next() == 2);
        };
        run_test(body);
    }

    TEST_CASE("asking for an item in a cancelled scope raises Cancelled, and leaves the generator where it is") {
        AsyncGenerator<int> numbers = count_to(2);
        int raised = 0;
        auto consume = [&]() -> Task<> {
            CHECK(co_await numbers.next() == 1);
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
            }
            for (int i = 0; i < 2; ++i) {
                try {
                    co_await numbers.next();
                } catch (const Cancelled&) {
                    ++raised;
                }
            }
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, consume()));
            CHECK(outcome.has_value());
            CHECK(co_await numbers.next() == 2);
        };
        run_test(body);
        CHECK(raised == 2);
    }

    TEST_CASE("a second await while an item is awaited throws an Error that names the places of both") {
        AsyncGenerator<int> numbers = count_slowly(2, 10ms);
        auto body = [&]() -> Task<> {
            auto first = [&]() -> Task<> { CHECK(co_await numbers.next() == 1); };
            auto second = [&]() -> Task<> {
                co_await sleep(1ms);
                auto outcome = co_await attempt(numbers.next());
                std::string message = outcome.failure().message();
                CAPTURE(message);
                CHECK(outcome.failure().check<Error>());
                CHECK(message.find("while another await for it is under way") != std::string::npos);
                CHECK(message.find("count_slowly") != std::string::npos);
            };
            co_await gather(first(), second());
            CHECK(co_await numbers.next() == 2);
        };
        run_test(body);
    }

    TEST_CASE("items of several generators are awaited side by side") {
        auto body = [](Machine& machine) -> Task<> {
            AsyncGenerator<int> slow = count_slowly(1, 30ms);
            AsyncGenerator<int> quick = count_slowly(1, 10ms);
            auto [a, b] = co_await gather(slow.next(), quick.next());
            CHECK(a == 1);
            CHECK(b == 1);
            CHECK(machine.elapsed() == 30ms);
        };
        run_test(body);
    }

    TEST_CASE("after a thousand items that were ready in a row the others get their turn") {
        int items = 0;
        int items_at_others_turn = 0;
        auto consume = [&]() -> Task<> {
            AsyncGenerator<int> numbers = count_to(10'000);
            while (co_await numbers.next()) ++items;
        };
        auto other = [&]() -> Task<> {
            items_at_others_turn = items;
            co_return;
        };
        auto body = [&]() -> Task<> { co_await gather(consume(), other()); };
        run_test(body);
        CHECK(items == 10'000);
        CHECK(items_at_others_turn <= 1000);
    }

    TEST_CASE("a loop that asks a generator beyond its end lets the others go on") {
        bool stop = false;
        auto ask = [&]() -> Task<> {
            AsyncGenerator<int> numbers = count_to(0);
            while (!stop) co_await numbers.next();
        };
        auto other = [&]() -> Task<> {
            co_await yield_now();
            stop = true;
        };
        auto body = [&]() -> Task<> { co_await gather(ask(), other()); };
        run_test(body);
    }

    TEST_CASE("generators call each other, as deep as a tree goes") {
        Tree tree{1, {Tree{2, {Tree{3, {}}}}, Tree{4, {}}}};
        auto body = [&]() -> Task<> {
            std::vector<int> seen;
            AsyncGenerator<const Tree&> nodes = walk(tree);
            while (const Tree* node = co_await nodes.next()) seen.push_back(node->value);
            CHECK(seen == std::vector{1, 2, 3, 4});
        };
        run_test(body);
    }

    TEST_CASE("a generator may be moved between its items, and one that was moved from gives nothing") {
        auto body = []() -> Task<> {
            AsyncGenerator<int> numbers = count_to(3);
            CHECK(co_await numbers.next() == 1);
            AsyncGenerator<int> rest = std::move(numbers);
            CHECK(co_await rest.next() == 2);
            CHECK_FALSE(co_await numbers.next());
            numbers = std::move(rest);
            CHECK(co_await numbers.next() == 3);
            numbers = count_to(1);
            CHECK(co_await numbers.next() == 1);
        };
        run_test(body);
    }

    TEST_CASE("a scope that was opened for an item may be left when the next one is asked for") {
        // The shield's scope lies in the co_yield's own expression, so it is there until the generator goes on.
        auto shielded = []() -> AsyncGenerator<int> {
            auto one = []() -> Task<int> { co_return 1; };
            while (true) co_yield co_await shield(one());
        };
        auto body = [&]() -> Task<> {
            AsyncGenerator<int> ones = shielded();
            for (int i = 0; i < 3; ++i) CHECK(co_await timeout(1s, ones.next()) == 1);
        };
        run_test(body);
    }
}
