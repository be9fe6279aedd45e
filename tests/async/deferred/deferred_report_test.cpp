// What is said of a failure: the report where nobody took it, and the places it carries.

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/deferred/log_error.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/names.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::string line(int number) { return "deferred_report_test.cpp:" + std::to_string(number); }

constexpr int read_line = __LINE__ + 2;
Task<int> read() {
    co_await sleep(1s);
    throw sorry();
}
constexpr int fetch_line = __LINE__ + 2;
Task<int> fetch() {
    int n = co_await read();
    co_return n;
}

bool came_through(const Failure& failure, int number) {
    auto sites = failure.sites();
    return std::any_of(sites.begin(), sites.end(),
                       [&](const auto& site) { return static_cast<int>(site.line()) == number; });
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a failure that nobody takes is reported once, with where its Deferred was made and its await sites") {
        int made = 0;
        auto drop = [&](Machine&) -> Task<> {
            made = __LINE__ + 1;
            ensure_deferred(fetch());
            co_return;
        };
        auto reported = reports_of(drop);
        REQUIRE(reported.size() == 1);
        CHECK(reported[0].failure.message() == "sorry");
        CHECK(contains(reported[0].context, "a Deferred created at "));
        CHECK(contains(reported[0].context, line(made)));
        CHECK(came_through(reported[0].failure, read_line));
        CHECK(came_through(reported[0].failure, fetch_line));
        std::string traceback = reported[0].failure.traceback();
        CHECK(contains(traceback, line(fetch_line)));
        CHECK(traceback.find(line(fetch_line)) == traceback.rfind(line(fetch_line)));
    }

    TEST_CASE("the await of a Deferred is among the places that its failure came through") {
        int awaited = 0, made = 0, added = 0;
        auto await = [&](Machine&) -> Task<> {
            auto outer = [&]() -> Task<> {
                made = __LINE__ + 1;
                Deferred<int> inner = ensure_deferred(fetch());
                awaited = __LINE__ + 1;
                int n = co_await inner;
                static_cast<void>(n);
            };
            added = __LINE__ + 1;
            Deferred<> end = ensure_deferred(outer()).add_errback([](Failure failure) { return failure; });
            co_await sleep(5s); // as long as the lambda is needed
        };
        auto reported = reports_of(await);
        REQUIRE(reported.size() == 1);
        CHECK(came_through(reported[0].failure, fetch_line));
        CHECK(came_through(reported[0].failure, awaited));
        CHECK(came_through(reported[0].failure, added)); // the errback that passed it on
        CHECK(contains(reported[0].context, line(added)));
    }

    TEST_CASE("a failure notes where errback was called") {
        Deferred<> source;
        Outcome<void> end(source.add_errback([](Failure failure) { return failure; }));
        source.errback(sorry());
        int fired = __LINE__ - 1;
        REQUIRE(end.failure().sites().size() == 2);
        CHECK(end.failure().sites()[0].line() == fired);
    }

    TEST_CASE("an errback passes on a failure by returning it, whatever type its Deferred has") {
        auto reported = reports([] {
            Failure seen;
            auto look = [&](Failure failure) {
                seen = failure;
                return failure;
            };
            Outcome<std::string> end(fail<std::string>(sorry()).add_errback(look));
            CHECK(end.message() == "sorry");
            CHECK(seen.message() == "sorry");
            Outcome<int> either(fail<std::string>(sorry()).add_callbacks([](std::string) { return 1; }, look));
            CHECK(either.message() == "sorry");
            Outcome<int> other(
                fail<int>(sorry()).add_errback([](Failure) { return Failure::of(std::logic_error("other")); }));
            CHECK(other.message() == "other");
        });
        CHECK(reported.empty());
    }

    TEST_CASE("an errback that returns an empty Failure fails by saying so") {
        Outcome<int> end(fail<int>(sorry()).add_errback([](Failure) { return Failure(); }));
        CHECK(contains(end.message(), "returned an empty Failure"));
    }

    TEST_CASE("log_error reports a failure and passes it on") {
        auto reported = reports([] {
            Outcome<int> end(fail<int>(sorry()).add_errback(log_error));
            CHECK(end.message() == "sorry");
        });
        REQUIRE(reported.size() == 1);
        CHECK(contains(reported[0].context, "log_error"));
    }

    TEST_CASE("callback with a Result fires with whichever of the two it holds") {
        Deferred<int> good, bad;
        good.callback(Result<int>(3));
        bad.callback(Result<int>(Failure::of(sorry())));
        CHECK(Outcome<int>(std::move(good)).value() == 3);
        CHECK(Outcome<int>(std::move(bad)).message() == "sorry");
        Deferred<> nothing;
        nothing.callback(Result<void>(Failure::of(sorry())));
        CHECK(Outcome<void>(std::move(nothing)).message() == "sorry");
    }

    TEST_CASE("what a canceller throws after it fired its Deferred is reported") {
        auto reported = reports([] {
            Deferred<int> source([](DeferredSource<int>& self) {
                self.callback(1);
                throw sorry();
            });
            CHECK_NOTHROW(source.cancel());
            CHECK(Outcome<int>(std::move(source)).value() == 1);
        });
        REQUIRE(reported.size() == 1);
        CHECK(contains(reported[0].text(), "sorry in the canceller of the Deferred created at "));
    }

    TEST_CASE("the tree of tasks says which Deferred a coroutine waits for") {
        auto body = []() -> Task<> {
            Deferred<int> letter;
            int made = __LINE__ - 1;
            auto wait = [&]() -> Task<> {
                int n = co_await letter;
                static_cast<void>(n);
            };
            Deferred<> waits = ensure_deferred(wait());
            co_await yield_now();
            co_await yield_now();
            std::string tree = task_tree().text();
            CHECK(contains(tree, "a Deferred created at "));
            CHECK(contains(tree, line(made)));
            letter.callback(1);
            co_await waits;
        };
        run_test(body);
    }
}
