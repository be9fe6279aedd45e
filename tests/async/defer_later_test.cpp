#include <corduroy/async/defer_later.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<std::string> echo_slowly(std::string text) {
    co_await sleep(1s);
    co_return text;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("defer_later fires after the delay with what the function gives, at once or in a Task") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> sum = defer_later(2s, [](int a, int b) { return a + b; }, 3, 4);
            Deferred<std::string> echo = defer_later(1s, echo_slowly, std::string("hello"));
            CHECK(co_await sum == 7);
            CHECK(machine.elapsed() == 2s);
            std::string text = co_await echo;
            CHECK(text == "hello");
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("defer_later without a function is a delay") {
        auto body = [](Machine& machine) -> Task<> {
            co_await defer_later(3s);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("what the function throws is the failure") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(defer_later(1s, [] { throw std::runtime_error("broken"); }));
            CHECK(outcome.failure().message() == "broken");
        };
        run_test(body);
    }

    TEST_CASE("cancelling what defer_later gave is a CancelledError, and takes the call and its timer back") {
        bool called = false;
        auto body = [&](Machine& machine) -> Task<> {
            Deferred<> deferred = defer_later(1h, [&] { called = true; });
            co_await sleep(1s);
            deferred.cancel();
            auto outcome = co_await attempt(deferred);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK_FALSE(called);
    }
}
