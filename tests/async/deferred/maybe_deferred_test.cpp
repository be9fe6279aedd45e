// maybe_deferred, execute, ensure_deferred: a Deferred of whatever there is.

#include <corduroy/async/deferred/maybe_deferred.hpp>

#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/sleep.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::string line(int number) { return "maybe_deferred_test.cpp:" + std::to_string(number); }

} // namespace

TEST_SUITE("async") {
    TEST_CASE("maybe_deferred makes a Deferred of a value, of an exception, and of nothing") {
        CHECK(Outcome<int>(maybe_deferred([](int a, int b) { return a + b; }, 1, 2)).value() == 3);
        CHECK(Outcome<void>(maybe_deferred([] { throw sorry(); })).message() == "sorry");
        int calls = 0;
        CHECK_NOTHROW(Outcome<void>(maybe_deferred([&] { ++calls; })).value());
        CHECK(calls == 1);
    }

    TEST_CASE("maybe_deferred passes a Deferred through, and makes of a Result what it holds") {
        Deferred<int> pending;
        DeferredSource<int> source = pending.source();
        Outcome<int> end(maybe_deferred([&] { return std::move(pending); }));
        CHECK_FALSE(end.there());
        source.callback(4);
        CHECK(end.value() == 4);
        auto refuse = [](bool refused) -> Result<int> {
            if (refused) return Failure::of(sorry());
            return 5;
        };
        CHECK(Outcome<int>(maybe_deferred(refuse, false)).value() == 5);
        CHECK(Outcome<int>(maybe_deferred(refuse, true)).message() == "sorry");
        SharedDeferred<int> shared(succeed(6));
        CHECK(Outcome<int>(maybe_deferred([&] { return shared; })).value() == 6);
    }

    TEST_CASE("a function that throws before it returns its Deferred fails that of maybe_deferred") {
        auto careless = []() -> Deferred<int> { throw sorry(); };
        CHECK(Outcome<int>(maybe_deferred(careless)).message() == "sorry");
    }

    TEST_CASE("maybe_deferred gives arguments that can only be moved") {
        auto open = [](std::unique_ptr<int> letter) { return *letter; };
        CHECK(Outcome<int>(maybe_deferred(open, std::make_unique<int>(7))).value() == 7);
    }

    TEST_CASE("maybe_deferred keeps a coroutine's lambda alive as long as it runs") {
        auto body = []() -> Task<> {
            auto named = [text = std::string("a capture too long for a small string")](int n) -> Task<std::string> {
                co_await sleep(1ms);
                co_return text + std::to_string(n);
            };
            Deferred<std::string> end = maybe_deferred(named, 5);
            auto text = co_await end;
            CHECK(text == "a capture too long for a small string5");
        };
        run_test(body);
    }

    TEST_CASE("execute calls the function at once and captures what it returns or throws") {
        int calls = 0;
        Deferred<int> value = execute([&] { return ++calls; });
        CHECK(calls == 1);
        CHECK(value.called());
        CHECK(Outcome<int>(std::move(value)).value() == 1);
        Deferred<> failed = execute([] { throw sorry(); });
        int made = __LINE__ - 1;
        CHECK(contains(failed.description(), line(made)));
        CHECK(Outcome<void>(std::move(failed)).message() == "sorry");
    }

    TEST_CASE("succeed and fail give Deferreds that have fired, and fail says where it was called") {
        CHECK(Outcome<int>(succeed(1)).value() == 1);
        CHECK_NOTHROW(Outcome<void>(succeed()).value());
        Outcome<int> end(fail<int>(sorry()));
        int called = __LINE__ - 1;
        CHECK(end.message() == "sorry");
        REQUIRE(end.failure().sites().size() == 1);
        CHECK(end.failure().sites()[0].line() == called);
    }

    TEST_CASE("ensure_deferred passes a Deferred through, and starts a Task in a coming turn") {
        auto body = []() -> Task<> {
            Deferred<int> pending;
            DeferredSource<int> source = pending.source();
            Deferred<int> same = ensure_deferred(std::move(pending));
            source.callback(3);
            CHECK(same.called());
            int value = co_await same;
            CHECK(value == 3);

            bool begun = false;
            auto begin = [&]() -> Task<> {
                begun = true;
                co_return;
            };
            Deferred<> started = ensure_deferred(begin());
            CHECK_FALSE(begun);
            co_await started;
            CHECK(begun);

            SharedDeferred<int> shared(succeed(8));
            int copy = co_await ensure_deferred(shared);
            CHECK(copy == 8);
        };
        run_test(body);
    }

    TEST_CASE("members and functions of the library serve as callbacks: std::identity passes a value through") {
        CHECK(Outcome<std::size_t>(succeed(std::string("four")).add_callback(&std::string::size)).value() == 4);
        CHECK(Outcome<int>(succeed(5).add_callback(std::identity())).value() == 5);
    }
}
