// pause and unpause: a result that is held back.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("while a Deferred is paused its callbacks do not run, though it was fired") {
        Deferred<int> source;
        int seen = 0;
        Deferred<> end = source.add_callback([&](int n) { seen = n; });
        source.pause();
        source.callback(3);
        CHECK(source.called());
        CHECK(seen == 0);
        source.unpause();
        CHECK(seen == 3);
        CHECK(end.called());
    }

    TEST_CASE("pauses are counted, and an unpause without a pause is an error") {
        Deferred<> source;
        source.pause();
        source.pause();
        source.callback();
        bool ran = false;
        Deferred<> end = source.add_callback([&] { ran = true; });
        source.unpause();
        CHECK_FALSE(ran);
        source.unpause();
        CHECK(ran);
        CHECK_THROWS_AS(source.unpause(), Error);
    }

    TEST_CASE("a callback may pause its chain behind itself") {
        std::string log;
        Deferred<> source;
        Deferred<> middle;
        middle = source.add_callback([&] {
            log += "a";
            middle.pause();
        });
        Deferred<> end = middle.add_callback([&] { log += "b"; });
        source.callback();
        CHECK(log == "a");
        middle.unpause();
        CHECK(log == "ab");
        CHECK(end.called());
    }

    TEST_CASE("a paused Deferred holds up the chain whose callback returned it") {
        Deferred<int> inner;
        DeferredSource<int> source = inner.source();
        source.pause();
        source.callback(5);
        Outcome<int> end(succeed().add_callback([&] { return std::move(inner); }));
        CHECK_FALSE(end.there());
        source.unpause();
        CHECK(end.value() == 5);
    }

    TEST_CASE("a paused Deferred holds up the coroutine that awaits it") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> letter;
            letter.pause();
            letter.callback(6);
            Reactor::current().call_later(2s, [&] { letter.unpause(); });
            int number = co_await letter;
            CHECK(number == 6);
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("a cancelled await does not wait for the end of a pause, and the result stays for others") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> letter;
            letter.pause();
            letter.callback(7);
            auto late = co_await attempt(timeout(1s, letter));
            CHECK(late.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            letter.unpause();
            int number = co_await letter;
            CHECK(number == 7);
        };
        run_test(body);
    }

    TEST_CASE("nor does the await of a chain that stands at a pause, whenever that began") {
        auto body = [](Machine& machine) -> Task<> {
            for (bool fired_before : {true, false}) {
                TimePoint begin = machine.reactor().now();
                Deferred<int> letter([&](DeferredSource<int>& self) {
                    if (!fired_before) self.callback(8);
                });
                letter.pause();
                if (fired_before) letter.callback(8);
                Deferred<int> chain =
                    letter.add_callback([](int n) { return n; }).add_callback([](int n) { return n; });
                auto late = co_await attempt(timeout(1s, chain));
                CHECK(late.failure().check<TimeoutError>());
                CHECK(machine.reactor().now() - begin == 1s);
                letter.unpause();
                int number = co_await chain;
                CHECK(number == 8);
            }
        };
        run_test(body);
    }

    TEST_CASE("cancelling what has fired and is paused does nothing") {
        Deferred<int> source;
        Deferred<int> end = source.add_callback([](int n) { return n; });
        source.pause();
        source.callback(9);
        end.cancel();
        CHECK_FALSE(end.called());
        source.unpause();
        CHECK(Outcome<int>(std::move(end)).value() == 9);
    }

    TEST_CASE("a pause ends when nobody is left who could end it") {
        std::string log;
        {
            Deferred<> source;
            source.add_callback([&] { log += "ran"; });
            source.pause();
            source.callback();
            CHECK(log.empty());
        }
        CHECK(log == "ran");
        {
            Deferred<> source;
            source.add_errback([&](Failure failure) { log += failure.check<AbandonedError>() ? ", abandoned" : "?"; });
            source.pause();
        }
        CHECK(log == "ran, abandoned");
    }

    TEST_CASE("the Task behind a paused Deferred runs on") {
        auto body = [](Machine& machine) -> Task<> {
            auto work = []() -> Task<int> {
                co_await sleep(1s);
                co_return 4;
            };
            Deferred<int> end = ensure_deferred(work());
            end.pause();
            co_await sleep(3s);
            CHECK(end.called());
            end.unpause();
            int value = co_await end;
            CHECK(value == 4);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }
}
