// add_timeout: Twisted's, on the clock of the reactor.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/cancelled.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Deferred<int> fired_after(Duration time, int value) {
    Deferred<int> result;
    Reactor::current().call_later(time, [source = result.source(), value] { source.callback(value); });
    return result;
}

Task<int> connect_for_ever() {
    try {
        co_await sleep(1h);
    } catch (Cancelled& cancelled) {
        cancelled.during("connect to 10.0.0.1:80");
        throw;
    }
    co_return 0;
}

Task<int> insist_on(int value) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
    }
    co_return value;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("add_timeout lets a result by that comes in time, and takes its timer back") {
        auto body = [](Machine& machine) -> Task<> {
            int value = co_await fired_after(1s, 3).add_timeout(10s);
            CHECK(value == 3);
            auto failed = fail<int>(sorry()).add_timeout(10s);
            CHECK(Outcome<int>(std::move(failed)).message() == "sorry");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("when the time is over the Deferred is cancelled, and CancelledError becomes TimeoutError") {
        auto body = [](Machine& machine) -> Task<> {
            int cancelled = 0;
            Deferred<int> never([&] { ++cancelled; });
            int made = __LINE__ - 1;
            Outcome<int> end(never.add_timeout(2s));
            co_await sleep(1999ms);
            CHECK_FALSE(end.there());
            co_await sleep(1ms);
            REQUIRE(end.there());
            CHECK(cancelled == 1);
            REQUIRE(end.failure().check<TimeoutError>());
            CHECK(contains(end.message(), "deferred_timeout_test.cpp:" + std::to_string(made)));
            CHECK(contains(end.message(), "timed out after 2 s"));
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("a time-out over a Task cancels it, waits for its end, and names the phase it was in") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(ensure_deferred(connect_for_ever()).add_timeout(30s));
            REQUIRE(outcome.failure().check<TimeoutError>());
            CHECK(outcome.failure().message() == "connect to 10.0.0.1:80 timed out after 30 s");
        };
        run_test(body);
    }

    TEST_CASE("a time-out covers the callbacks added before it and not those added after") {
        auto body = [](Machine& machine) -> Task<> {
            Outcome<int> before(succeed().add_callback([] { return fired_after(5s, 1); }).add_timeout(2s));
            Outcome<int> after(succeed().add_timeout(2s).add_callback([] { return fired_after(5s, 1); }));
            co_await sleep(10s);
            CHECK(before.failure().check<TimeoutError>());
            CHECK(after.value() == 1);
            CHECK(machine.elapsed() == 10s);
        };
        run_test(body);
    }

    TEST_CASE("only CancelledError is translated: a value or another failure that the cancelling brings is passed on") {
        auto body = []() -> Task<> {
            Deferred<int> saved([](DeferredSource<int>& self) { self.callback(-1); });
            Deferred<int> broken([](DeferredSource<int>& self) { self.errback(sorry()); });
            Outcome<int> value(saved.add_timeout(1s)), failure(broken.add_timeout(1s));
            Outcome<int> all_the_same(ensure_deferred(insist_on(9)).add_timeout(1s));
            Deferred<int> cancelled;
            Outcome<int> recovered(cancelled.add_errback([](Failure) { return fired_after(2s, 7); }).add_timeout(1s));
            co_await sleep(10s);
            CHECK(value.value() == -1);
            CHECK(failure.message() == "sorry");
            CHECK(all_the_same.value() == 9);
            CHECK(recovered.value() == 7);
        };
        run_test(body);
    }

    TEST_CASE("a CancelledError that has another cause than the time-out stays what it is") {
        auto body = []() -> Task<> {
            Deferred<int> source;
            Outcome<int> end(source.add_timeout(1s));
            source.cancel();
            CHECK(end.failure().check<CancelledError>());
            co_return;
        };
        run_test(body);
    }

    TEST_CASE(
        "the hook of add_timeout is given what came of the cancelling, and the bound, in place of translating it") {
        auto body = []() -> Task<> {
            Duration bound{};
            auto instead = [&](Result<int> result, Duration given) {
                bound = given;
                return result ? *result : -2;
            };
            Deferred<int> never, saved([](DeferredSource<int>& self) { self.callback(5); });
            Outcome<int> failed(never.add_timeout(1s, instead)), value(saved.add_timeout(1s, instead));
            Outcome<int> in_time(succeed(6).add_timeout(1s, instead));
            Deferred<int> second, third;
            Outcome<int> waits(second.add_timeout(1s, [](Result<int>, Duration) { return fired_after(1s, 8); }));
            Outcome<int> passes(third.add_timeout(1s, [](Result<int> result, Duration) { return result.failure(); }));
            co_await sleep(5s);
            CHECK(bound == 1s);
            CHECK(failed.value() == -2);
            CHECK(value.value() == 5);
            CHECK(in_time.value() == 6);
            CHECK(waits.value() == 8);
            CHECK(passes.failure().check<CancelledError>());
        };
        run_test(body);
    }

    TEST_CASE("of two time-outs in a chain each covers what is before it") {
        auto body = []() -> Task<> {
            Outcome<int> inner(fired_after(5s, 1)
                                   .add_timeout(1s)
                                   .add_errback([](Failure failure) {
                                       CHECK(failure.check<TimeoutError>());
                                       return fired_after(1s, 2);
                                   })
                                   .add_timeout(3s));
            Outcome<int> outer(fired_after(5s, 1).add_timeout(4s).add_timeout(2s));
            co_await sleep(10s);
            CHECK(inner.value() == 2);
            CHECK(outer.message().ends_with("timed out after 2 s"));
        };
        run_test(body);
    }

    TEST_CASE("the time-out of a chain that waits for an inner Deferred cancels that one") {
        auto body = []() -> Task<> {
            int cancelled = 0;
            Deferred<int> kept([&] { ++cancelled; });
            DeferredSource<int> source = kept.source();
            Outcome<int> late(succeed().add_callback([&] { return std::move(kept); }).add_timeout(1s));
            co_await sleep(2s);
            CHECK(cancelled == 1);
            CHECK(late.failure().check<TimeoutError>());
        };
        run_test(body);
    }

    TEST_CASE("what a canceller throws when the time is over rides along with the TimeoutError") {
        auto body = []() -> Task<> {
            Deferred<int> source([] { throw sorry(); });
            Outcome<int> end(source.add_timeout(1s));
            co_await sleep(2s);
            CHECK(end.failure().check<TimeoutError>());
            REQUIRE(end.failure().suppressed().size() == 1);
            CHECK(end.failure().suppressed()[0].message() == "sorry");
        };
        run_test(body);
    }

    TEST_CASE("a Deferred that is dropped while its time-out runs leaves no timer, and one may outlive its reactor") {
        auto body = []() -> Task<> {
            Deferred<int> source;
            Deferred<int> end = source.add_timeout(1h);
            co_return;
        };
        run_test(body);

        Deferred<int> kept;
        std::optional<Outcome<int>> end;
        auto start = [&]() -> Task<> {
            end.emplace(kept.add_timeout(1h));
            co_return;
        };
        corduroy::run(start()); // a simulation would not let a program end with a timer set
        kept.callback(3);
        CHECK(end->value() == 3);
    }

    TEST_CASE("the callbacks behind a time-out may drop all that they stand behind") {
        auto body = []() -> Task<> {
            auto source = std::make_unique<Deferred<int>>();
            bool failed = false;
            Deferred<int> end = source->add_timeout(1s).add_errback([&](Failure failure) {
                source.reset();
                failed = failure.check<TimeoutError>();
                return 0;
            });
            co_await sleep(2s);
            CHECK(failed);
        };
        run_test(body);
    }

    TEST_CASE("add_timeout needs a reactor") {
        Deferred<int> source;
        CHECK_THROWS_AS(source.add_timeout(1s), Error);
        source.callback(1);
        CHECK(Outcome<int>(std::move(source)).value() == 1); // it is as it was
    }
}
