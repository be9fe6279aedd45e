// The code of docs/generators.md, compiled and run.

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
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
    Task<> release() {
        co_await sleep(1ms);
        released = true;
    }

    int asked = 0;
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
}
