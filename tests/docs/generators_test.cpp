// The code of docs/generators.md, compiled and run.

#include <corduroy/async/generator/generators.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Page {
    std::vector<std::string> names;
    std::optional<int> next;
};

// A store that gives its names in pages.
class Store {
public:
    Task<Page> list(int page) {
        co_await sleep(1ms);
        ++asked;
        std::string number = std::to_string(page);
        co_return Page{{"a" + number, "b" + number}, page < 3 ? std::optional(page + 1) : std::nullopt};
    }
    Task<std::string> load(std::string name) {
        co_await sleep(10ms);
        ++loaded;
        co_return name + "!";
    }
    Task<> release() {
        co_await sleep(1ms);
        released = true;
    }

    int asked = 0;
    int loaded = 0;
    bool released = false;
};

AsyncGenerator<std::string> names_in(Store& store) {
    std::optional<int> page = 1;
    while (page) {
        Page found = co_await store.list(*page);
        for (std::string& name : found.names) co_yield std::move(name);
        page = found.next;
    }
}

Task<bool> contains(Store& store, std::string wanted) {
    AsyncGenerator<std::string> names = names_in(store);
    while (auto name = co_await names.next()) {
        if (*name == wanted) co_return true; // pages behind this one are not asked for
    }
    co_return false;
}

AsyncGenerator<std::string> names_with_lease(Store& store) {
    bool cancelled = false;
    try {
        AsyncGenerator<std::string> names = names_in(store);
        while (auto name = co_await names.next()) co_yield std::move(*name);
    } catch (const Cancelled&) {
        cancelled = true;
    }
    co_await shield(timeout(5s, store.release()));
    if (cancelled) co_await yield_now(); // raises Cancelled again
}

Task<std::string> first_name(Store& store) {
    AsyncGenerator<std::string> names = names_with_lease(store);
    auto first = co_await names.next();
    co_await names.close(); // the lease is released when this is over
    co_return first.value_or("");
}

Task<std::vector<std::string>> first_names(Store& store) {
    auto starts_with_b = [](const std::string& name) { return name.starts_with('b'); };
    co_return co_await names_in(store).filter(starts_with_b).take(2).collect();
}

Task<std::size_t> total_length(Store& store) {
    std::size_t length = 0;
    auto load = [&](std::string name) { return store.load(name); };
    co_await map_concurrent(names_in(store), 4, load).for_each([&](std::string text) { length += text.size(); });
    co_return length;
}

Task<std::string> find(Store& store, std::string wanted) {
    auto load = [&](std::string name) { return store.load(name); };
    auto look = [&](AsyncGenerator<std::string>& texts) -> Task<std::string> {
        while (auto text = co_await texts.next()) {
            if (text->starts_with(wanted)) co_return *text; // what is still being loaded is cancelled, and joined
        }
        co_return "";
    };
    co_return co_await with(names_in(store).map_concurrent(2, load), look);
}

Task<std::string> names_side_by_side(Store& here, Store& there) {
    std::string both;
    auto body = [&](TaskGroup& group) -> Task<> {
        AsyncGenerator<std::string> left = names_in(here).buffered(8).in(group);
        AsyncGenerator<std::string> right = names_in(there).buffered(8).in(group);
        auto one = co_await left.next();
        auto other = co_await right.next();
        both = *one + *other;
    };
    co_await with_task_group(body);
    co_return both;
}

int fibonacci(int number) { return number < 2 ? number : fibonacci(number - 1) + fibonacci(number - 2); }

Task<long> sum_of_many() {
    long sum = 0;
    for (int i = 0; i < 20; ++i) {
        sum += fibonacci(i);
        co_await take_turns();
    }
    co_return sum;
}

AsyncGenerator<int> find_primes(std::vector<int>& primes) {
    for (int number = 2; primes.size() < 100; ++number) {
        bool prime = true;
        for (int factor = 2; factor * factor <= number; ++factor) prime = prime && number % factor != 0;
        if (prime) primes.push_back(number);
        co_yield number; // a step ends
    }
}

Task<> compute(std::vector<int>& primes) {
    auto body = [&](TaskGroup& group) -> Task<> {
        CooperativeTask finding = cooperate(group, find_primes(primes));
        finding.pause();
        co_await sleep(1s); // no step is taken meanwhile
        finding.resume();
        bool found_all = co_await finding.when_done();
        CHECK(found_all);
    };
    co_await with_task_group(body);
}

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("what generators.md says about writing and reading one holds") {
        Store store;
        CHECK(sim::run([&] { return contains(store, "b2"); }));
        CHECK(store.asked == 2);
        CHECK_FALSE(sim::run([&] { return contains(store, "c1"); }));
        CHECK(store.asked == 5);
    }

    TEST_CASE("what generators.md says about closing one holds") {
        Store store;
        CHECK(sim::run([&] { return first_name(store); }) == "a1");
        CHECK(store.released);
    }

    TEST_CASE("what generators.md says about adaptors holds") {
        Store store;
        CHECK(sim::run([&] { return first_names(store); }) == std::vector<std::string>{"b1", "b2"});
        CHECK(store.asked == 2);
    }

    TEST_CASE("what generators.md says about work at the side holds") {
        Store store;
        CHECK(sim::run([&] { return total_length(store); }) == 18);
        CHECK(sim::run([&] { return find(store, "b1"); }) == "b1!");
        CHECK(store.loaded < 10);
        Store other;
        CHECK(sim::run([&] { return names_side_by_side(store, other); }) == "a1a1");
    }

    TEST_CASE("what generators.md says about long computations holds") {
        CHECK(sim::run(sum_of_many) == 10945);
        std::vector<int> primes;
        sim::run([&] { return compute(primes); });
        CHECK(primes.back() == 541);
    }
}
