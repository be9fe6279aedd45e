// Coroutines that are cancelled through their Deferreds: what Twisted's inlineCallbacks do, and where ours differ.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("cancelling the Deferred of a coroutine cancels what it waits for, and raises Cancelled at that await") {
        auto body = [](Machine& machine) -> Task<> {
            int canceller = 0;
            Deferred<int> inner([&] { ++canceller; });
            std::string log;
            auto wait = [&]() -> Task<int> {
                try {
                    co_return co_await inner;
                } catch (const Cancelled&) {
                    log += "cancelled";
                    throw;
                }
            };
            Deferred<int> outer = ensure_deferred(wait());
            co_await sleep(1s);
            outer.cancel();
            auto outcome = co_await attempt(outer);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(canceller == 1);
            CHECK(log == "cancelled");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a Deferred that is cancelled with the scope of who awaits it says why, to errbacks and to that await") {
        auto body = []() -> Task<> {
            std::string told;
            std::string reason;
            Deferred<int> source;
            Deferred<int> chain = source.add_errback([&](Failure failure) -> Failure {
                told = failure.message();
                return failure;
            });
            auto wait = [&]() -> Task<> {
                try {
                    co_await chain;
                } catch (const Cancelled& cancelled) {
                    reason = cancelled.reason();
                    throw;
                }
            };
            auto cancelled_soon = [&](CancelScope& scope) -> Task<> {
                Reactor::current().call_later(1s, [&scope] { scope.cancel("the user pressed stop"); });
                co_await wait();
            };
            co_await with_cancel_scope(cancelled_soon);
            CHECK(told.ends_with(" was cancelled: the user pressed stop"));
            CHECK(reason == "the user pressed stop");
        };
        sim::run(body);
    }

    TEST_CASE("the Task behind a Deferred, and whoever awaits it elsewhere, are told why it was cancelled") {
        auto body = []() -> Task<> {
            std::string inside;
            auto work = [&]() -> Task<int> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled& cancelled) {
                    inside = cancelled.reason();
                    throw;
                }
                co_return 1;
            };
            auto cancelled_soon = [&](CancelScope& scope) -> Task<> {
                Reactor::current().call_later(1s, [&scope] { scope.cancel("enough"); });
                co_await ensure_deferred(work());
            };
            co_await with_cancel_scope(cancelled_soon);
            CHECK(inside == "enough");

            Deferred<int> left;
            auto opened = [&](TaskGroup& group) -> Task<> {
                left = ensure_deferred(work());
                co_await yield_now();
                group.cancel("the group is closed");
            };
            co_await with_task_group(opened);
            auto outcome = co_await attempt(left);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(outcome.failure().message().ends_with(" was cancelled: the group is closed"));
        };
        sim::run(body);
    }

    TEST_CASE("a coroutine may catch the cancellation and give a value, which is then its Deferred's") {
        auto body = []() -> Task<> {
            auto saved = []() -> Task<int> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                }
                co_return 7;
            };
            Deferred<int> outer = ensure_deferred(saved());
            co_await yield_now();
            outer.cancel();
            int value = co_await outer;
            CHECK(value == 7);
        };
        run_test(body);
    }

    TEST_CASE("a coroutine may turn the cancellation into a failure of its own") {
        auto body = []() -> Task<> {
            auto translated = []() -> Task<int> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    throw sorry();
                }
                co_return 0;
            };
            Deferred<int> outer = ensure_deferred(translated());
            co_await yield_now();
            outer.cancel();
            auto outcome = co_await attempt(outer);
            CHECK(outcome.failure().message() == "sorry");
        };
        run_test(body);
    }

    TEST_CASE(
        "a coroutine that goes on after its cancellation is told again at the next await, without another cancel") {
        auto body = [](Machine& machine) -> Task<> {
            int told = 0;
            auto stubborn = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    try {
                        co_await sleep(1h);
                    } catch (const Cancelled&) {
                        ++told;
                    }
                }
            };
            Deferred<> outer = ensure_deferred(stubborn());
            co_await sleep(1s);
            outer.cancel();
            co_await outer;
            CHECK(told == 3);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("the Deferred of a cancelled coroutine fires only when the coroutine has unwound") {
        auto body = [](Machine& machine) -> Task<> {
            auto careful = []() -> Task<int> {
                bool cancelled = false;
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    cancelled = true;
                }
                co_await shield(sleep(5s));
                CHECK(cancelled);
                co_await yield_now(); // raises it again
                co_return 0;
            };
            Deferred<int> outer = ensure_deferred(careful());
            co_await sleep(1s);
            outer.cancel();
            CHECK_FALSE(outer.called());
            auto outcome = co_await attempt(outer);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(machine.elapsed() == 6s);
        };
        run_test(body);
    }

    TEST_CASE("a cancellation goes down through coroutines and Deferreds that wait for one another") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<std::string> log;
            auto innermost = [&]() -> Task<int> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    log.push_back("innermost");
                    throw;
                }
                co_return 0;
            };
            auto middle = [&]() -> Task<int> {
                try {
                    co_return co_await ensure_deferred(innermost()).add_callback([](int n) { return n; });
                } catch (const Cancelled&) {
                    log.push_back("middle");
                    throw;
                }
            };
            Deferred<int> outer =
                succeed().add_callback([&] { return middle(); }).add_callback([](int n) { return n; });
            co_await sleep(1s);
            outer.cancel();
            auto outcome = co_await attempt(outer);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(log == std::vector<std::string>{"innermost", "middle"});
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("cancelling the Deferred of a coroutine that has not begun, or has ended, is safe") {
        auto body = []() -> Task<> {
            int begun = 0;
            auto work = [&]() -> Task<int> {
                ++begun;
                co_await yield_now();
                co_return 1;
            };
            Deferred<int> early = ensure_deferred(work());
            early.cancel();
            auto outcome = co_await attempt(early);
            CHECK(outcome.failure().check<CancelledError>());
            Deferred<int> late = ensure_deferred(work());
            co_await sleep(1s);
            late.cancel();
            int value = co_await late;
            CHECK(value == 1);
            CHECK(begun == 2); // it learns of it by its first await
        };
        run_test(body);
    }

    TEST_CASE("an operation that succeeds though its coroutine was cancelled delivers its result") {
        auto body = []() -> Task<> {
            Deferred<int> source([](DeferredSource<int>& self) { self.callback(5); });
            int got = 0;
            auto work = [&]() -> Task<int> {
                got = co_await source;
                co_await yield_now();
                co_return 0;
            };
            Deferred<int> outer = ensure_deferred(work());
            co_await yield_now();
            co_await yield_now();
            outer.cancel();
            auto outcome = co_await attempt(outer);
            CHECK(got == 5);
            CHECK(outcome.failure().check<CancelledError>());
        };
        run_test(body);
    }
}
