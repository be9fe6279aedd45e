// SharedDeferred: one result for several.

#include <corduroy/async/deferred/shared_deferred.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<std::string> load(int& loads) {
    co_await sleep(1s);
    ++loads;
    co_return "a text too long for a small string";
}

Task<int> fail_after(Duration time) {
    co_await sleep(time);
    throw sorry();
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("several coroutines await one SharedDeferred, before it has fired and after, and all get its value") {
        auto body = [](Machine& machine) -> Task<> {
            int loads = 0;
            SharedDeferred<std::string> text(ensure_deferred(load(loads)));
            std::vector<const std::string*> seen;
            auto look = [&]() -> Task<> {
                const std::string& there = co_await text;
                seen.push_back(&there);
            };
            co_await gather(look(), look());
            co_await look();
            REQUIRE(seen.size() == 3);
            CHECK(*seen[0] == "a text too long for a small string");
            CHECK(seen[1] == seen[0]); // the same value: nothing is copied
            CHECK(seen[2] == seen[0]);
            CHECK(loads == 1);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("callbacks and coroutines of a SharedDeferred are served in the order in which they came") {
        auto body = []() -> Task<> {
            std::string log;
            Deferred<int> source;
            SharedDeferred<int> shared(source);
            Deferred<> first = shared.add_callback([&](int) { log += "a"; });
            Deferred<> second = shared.add_callback([&](int) { log += "b"; }).add_callback([&] { log += "c"; });
            auto wait = [&](const char* name) -> Task<> {
                co_await shared;
                log += name;
            };
            auto fire = [&]() -> Task<> {
                source.callback(1);
                log += " ";
                co_return;
            };
            co_await gather(wait("d"), wait("e"), fire());
            CHECK(log == "abc de");
        };
        run_test(body);
    }

    TEST_CASE("a callback that adds to its own SharedDeferred is followed by those that were there before it") {
        std::string log;
        Deferred<> source;
        SharedDeferred<void> shared(source);
        Deferred<> late;
        Deferred<> first = shared.add_callback([&] {
            log += "a";
            late = shared.add_callback([&] { log += "d"; });
            log += "b";
        });
        Deferred<> second = shared.add_callback([&] { log += "c"; });
        source.callback();
        CHECK(log == "abcd");
        shared.add_callback([&] { log += "e"; });
        CHECK(log == "abcde");
    }

    TEST_CASE("copies of the handle stand for the same result, also when the first has gone") {
        Deferred<std::unique_ptr<int>> source;
        auto first = std::make_unique<SharedDeferred<std::unique_ptr<int>>>(source);
        SharedDeferred<std::unique_ptr<int>> copy = *first;
        first.reset();
        int seen = 0;
        copy.add_callback([&](const std::unique_ptr<int>& n) { seen += *n; });
        copy.add_callback([&](const std::unique_ptr<int>& n) { seen += *n; });
        CHECK_FALSE(copy.called());
        source.callback(std::make_unique<int>(2));
        CHECK(copy.called());
        CHECK(seen == 4);
    }

    TEST_CASE("a branch keeps the value alive as long as it is used, and the last handle gives it back") {
        auto body = []() -> Task<> {
            auto value = std::make_shared<int>(3);
            std::optional<SharedDeferred<std::shared_ptr<int>>> shared(succeed(value));
            CHECK(value.use_count() == 2);
            Deferred<int> slow = shared->add_callback([](const std::shared_ptr<int>& n) -> Task<int> {
                co_await sleep(1s);
                co_return *n;
            });
            shared.reset();
            CHECK(value.use_count() == 2);
            int seen = co_await slow;
            CHECK(seen == 3);
            CHECK(value.use_count() == 1);
        };
        run_test(body);
    }

    TEST_CASE("add_errback, add_both and fork of a SharedDeferred work on copies of the value") {
        Deferred<std::string> source;
        SharedDeferred<std::string> shared(source);
        Outcome<std::string> errback(shared.add_errback([](Failure) { return std::string("none"); }));
        Outcome<std::string> both(shared.add_both([](Result<std::string> result) { return *result + "!"; }));
        Outcome<std::string> fork(shared.fork());
        Outcome<std::size_t> either(shared.add_callbacks(&std::string::size, [](Failure) { return 0; }));
        source.callback("value");
        CHECK(errback.value() == "value");
        CHECK(both.value() == "value!");
        CHECK(fork.value() == "value");
        CHECK(either.value() == 5);
    }

    TEST_CASE("a failure goes to every branch, and a branch that takes it takes it for itself alone") {
        auto reported = reports([] {
            Deferred<int> source;
            SharedDeferred<int> shared(source);
            Outcome<int> recovered(shared.add_errback([](Failure) { return 1; }));
            Outcome<int> taken(shared.fork());
            Deferred<> dropped = shared.add_callback([](int) {});
            source.errback(sorry());
            CHECK(recovered.value() == 1);
            CHECK(taken.message() == "sorry");
        });
        REQUIRE(reported.size() == 1);
        CHECK(reported[0].failure.message() == "sorry");
    }

    TEST_CASE("a SharedDeferred whose failure nobody looks at is reported once, when the last handle goes") {
        int made = 0;
        auto reported = reports([&] {
            Deferred<int> source;
            made = __LINE__ - 1;
            SharedDeferred<int> shared(source);
            SharedDeferred<int> copy = shared;
            source.errback(sorry());
        });
        REQUIRE(reported.size() == 1);
        CHECK(contains(reported[0].context, "shared_deferred_test.cpp:" + std::to_string(made)));
    }

    TEST_CASE("cancelling one await of a SharedDeferred leaves the work and the other waiters alone") {
        auto body = [](Machine& machine) -> Task<> {
            int loads = 0;
            SharedDeferred<std::string> text(ensure_deferred(load(loads)));
            auto impatient = [&]() -> Task<> {
                auto late = co_await attempt(timeout(100ms, text));
                CHECK(late.failure().check<TimeoutError>());
                CHECK(machine.elapsed() == 100ms);
            };
            auto patient = [&]() -> Task<> {
                std::string there = co_await text;
                CHECK(there.starts_with("a text"));
            };
            co_await gather(impatient(), patient());
            CHECK(loads == 1);
            Deferred<std::string> given_up = text.fork();
            given_up.cancel();
            CHECK(Outcome<std::string>(std::move(given_up)).value().starts_with("a text"));
        };
        run_test(body);
    }

    TEST_CASE("cancelling a branch ends that branch alone") {
        Deferred<int> source;
        SharedDeferred<int> shared(source);
        Deferred<int> branch = shared.add_callback([](int n) { return n; });
        Outcome<int> other(shared.fork());
        branch.cancel();
        CHECK(Outcome<int>(std::move(branch)).failure().check<CancelledError>());
        CHECK_FALSE(source.called());
        source.callback(4);
        CHECK(other.value() == 4);
    }

    TEST_CASE("cancelling a SharedDeferred cancels the work behind it, for all who wait") {
        int cancelled = 0;
        Deferred<int> source([&] { ++cancelled; });
        SharedDeferred<int> shared(source);
        Outcome<int> first(shared.fork()), second(shared.fork());
        shared.cancel();
        CHECK(cancelled == 1);
        CHECK(first.failure().check<CancelledError>());
        CHECK(second.failure().check<CancelledError>());
        shared.cancel();
        CHECK(cancelled == 1);
    }

    TEST_CASE("an await of a SharedDeferred that begins in a cancelled scope raises Cancelled") {
        auto body = []() -> Task<> {
            Deferred<int> source;
            SharedDeferred<int> pending(source), fired(succeed(1));
            int raised = 0;
            auto opened = [&](TaskGroup& group) -> Task<> {
                group.cancel();
                try {
                    co_await pending;
                } catch (const Cancelled&) {
                    ++raised;
                }
                try {
                    co_await fired;
                } catch (const Cancelled&) {
                    ++raised;
                }
            };
            co_await with_task_group(opened);
            CHECK(raised == 2);
            CHECK_FALSE(source.called());
        };
        run_test(body);
    }

    TEST_CASE("combinators take SharedDeferreds, and a callback may return one") {
        auto body = []() -> Task<> {
            int loads = 0;
            SharedDeferred<std::string> text(ensure_deferred(load(loads)));
            auto both = co_await gather(text, text);
            CHECK(both[0] == both[1]);
            auto chained = co_await succeed().add_callback([&] { return text; });
            CHECK(chained == both[0]);
            CHECK(loads == 1);
            SharedDeferred<int> failing(ensure_deferred(fail_after(1s)));
            auto one = co_await attempt(failing);
            auto another = co_await attempt(failing);
            CHECK(one.failure().message() == "sorry");
            CHECK(another.failure().message() == "sorry");
        };
        run_test(body);
    }

    TEST_CASE("a SharedDeferred of nothing, and of a reference") {
        int number = 1;
        Deferred<int&> reference;
        SharedDeferred<int&> shared(reference);
        Deferred<> first = shared.add_callback([](int& n) { ++n; });
        Deferred<> second = shared.add_callback([](int& n) { ++n; });
        reference.callback(number);
        CHECK(number == 3);
    }

    TEST_CASE("a Deferred can be shared once, and has no callback beside that") {
        Deferred<int> source;
        SharedDeferred<int> shared(source);
        CHECK_THROWS_AS(SharedDeferred<int>{source}, Error);
        CHECK_THROWS_AS(source.add_callback([](int) {}), Error);
        source.callback(1);
    }

    TEST_CASE("a SharedDeferred that nobody can fire any more fails all who wait") {
        std::optional<Outcome<int>> end;
        {
            Deferred<int> source;
            SharedDeferred<int> shared(source);
            end.emplace(shared.fork());
        }
        CHECK(end->failure().check<AbandonedError>());
    }

    TEST_CASE("the cancellation of the scope around a shared Task is no value to its branches") {
        auto body = []() -> Task<> {
            int loads = 0, calls = 0;
            std::optional<SharedDeferred<std::string>> text;
            Deferred<> inside;
            auto opened = [&](TaskGroup& group) -> Task<> {
                text.emplace(ensure_deferred(load(loads)));
                inside =
                    text->add_callback([&](const std::string&) { ++calls; }).add_errback([&](Failure) { ++calls; });
                co_await yield_now();
                group.cancel();
            };
            co_await with_task_group(opened);
            CHECK(calls == 0);
            auto outside = co_await attempt(*text);
            CHECK(outside.failure().check<CancelledError>());
        };
        run_test(body);
    }
}
