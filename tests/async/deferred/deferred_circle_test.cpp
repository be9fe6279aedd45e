// Deferreds that would wait for each other, and what a Deferred says of itself.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

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

std::string line(int number) { return "deferred_circle_test.cpp:" + std::to_string(number); }

// Where the first of these stands in the text, each behind the one before.
bool in_order(const std::string& text, const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const std::string& part : parts) {
        at = text.find(part, at);
        if (at == std::string::npos) return false;
        at += part.size();
    }
    return true;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a callback that returns what continues it fails instead of waiting for itself") {
        auto reported = reports([] {
            Deferred<> source;
            Deferred<> tail;
            tail = source.add_callback([&] { return std::move(tail); });
            source.callback();
        });
        REQUIRE(reported.size() == 1);
        CHECK(contains(reported[0].failure.message(), "circular waiting"));
        CHECK(contains(reported[0].failure.message(), "would wait for itself"));
    }

    TEST_CASE("a circle of several Deferreds is found where it would close, and named by where each was made") {
        Deferred<> a;
        int line_a = __LINE__ - 1;
        Deferred<> b;
        int line_b = __LINE__ - 1;
        Deferred<> c;
        int line_c = __LINE__ - 1;
        Deferred<> tail_a, tail_b, tail_c;
        tail_a = a.add_callback([&] { return std::move(tail_b); });
        tail_b = b.add_callback([&] { return std::move(tail_c); });
        std::string message;
        tail_c = c.add_callback([&] { return std::move(tail_a); }).add_errback([&](Failure failure) {
            message = failure.message();
        });
        a.callback();
        b.callback();
        c.callback();
        CHECK(in_order(message, {line(line_c), "would wait for", line(line_a), line(line_b), "that for the first"}));
    }

    TEST_CASE("of a very long circle the message names the first and the last") {
        constexpr int length = 1000;
        std::vector<Deferred<>> sources, tails;
        for (int i = 0; i < length; ++i) {
            sources.push_back(i % 2 == 0 ? Deferred<>() : Deferred<>()); // of two places in turn
            tails.push_back(sources.back().add_callback([&tails, i] { return std::move(tails[(i + 1) % length]); }));
        }
        std::string message;
        tails.back() = std::move(tails.back()).add_errback([&](Failure failure) { message = failure.message(); });
        for (Deferred<>& source : sources) source.callback();
        CHECK(contains(message, "circular waiting"));
        CHECK(contains(message, " more, "));
        CHECK(message.size() < 3000);
    }

    TEST_CASE("a callback may wait for what has fired, whoever that waited for") {
        Deferred<> a;
        Deferred<> tail;
        Deferred<> other = succeed();
        tail = a.add_callback([&] { return std::move(other); });
        a.callback();
        CHECK(tail.called());
    }

    TEST_CASE("a callback that returns the SharedDeferred of its own chain would wait for itself") {
        std::optional<SharedDeferred<int>> shared;
        Deferred<> source;
        shared.emplace(source.add_callback([&] { return *shared; }));
        Outcome<int> end(shared->fork());
        source.callback();
        CHECK(contains(end.message(), "circular waiting"));
    }

    TEST_CASE("forwarding in a circle is refused") {
        Deferred<int> a, b, c;
        CHECK_THROWS_WITH_AS(a.forward_to(a), doctest::Contains("would wait for itself"), Error);
        a.forward_to(b);
        b.add_callback([](int n) { return n; }).forward_to(c);
        std::string message;
        try {
            c.add_callback([](int n) { return n; }).forward_to(a);
        } catch (const Error& error) {
            message = error.what();
        }
        CHECK(contains(message, "circular waiting"));
    }

    TEST_CASE("a Task that awaits its own Deferred fails at that await") {
        auto body = []() -> Task<> {
            std::optional<Deferred<>> own;
            std::string message;
            auto wait = [&]() -> Task<> {
                co_await yield_now();
                auto outcome = co_await attempt(timeout(1h, *own));
                message = outcome.failure().message();
            };
            own.emplace(ensure_deferred(wait()));
            int made = __LINE__ - 1;
            co_await sleep(1s);
            CHECK(contains(message, "circular waiting: the Task behind the Deferred created at "));
            CHECK(contains(message, line(made)));
            CHECK(own->called());
        };
        run_test(body);
    }

    TEST_CASE("a Deferred describes what it waits for") {
        auto body = []() -> Task<> {
            Deferred<int> source;
            int made = __LINE__ - 1;
            CHECK(contains(source.description(), "a Deferred created at "));
            CHECK(contains(source.description(), line(made)));
            CHECK(source.description().ends_with(", waiting to be fired"));
            Deferred<int> inner;
            int made_inner = __LINE__ - 1;
            DeferredSource<int> inner_source = inner.source();
            Deferred<int> chain = source.add_callback([&](int) { return std::move(inner); });
            CHECK(chain.description().ends_with(", waiting to be fired"));
            source.callback(1);
            CHECK(
                in_order(chain.description(), {line(made), ", waiting on the Deferred created at ", line(made_inner)}));
            inner_source.callback(2);
            CHECK(chain.description().ends_with(", current result: 2"));

            auto work = []() -> Task<int> {
                co_await sleep(1s);
                co_return 3;
            };
            Deferred<int> task = ensure_deferred(work());
            CHECK(task.description().ends_with(", waiting for its Task"));
            Deferred<int> behind = succeed().add_callback([&] { return std::move(task); });
            CHECK(contains(behind.description(), ", waiting for the Task of the Deferred created at "));
            co_await behind;
        };
        run_test(body);
    }

    TEST_CASE("a Deferred describes its current result: numbers and texts as they are, of others the type") {
        CHECK(succeed(5).description().ends_with(", current result: 5"));
        CHECK(succeed(true).description().ends_with(", current result: true"));
        CHECK(succeed(std::string("text")).description().ends_with(", current result: \"text\""));
        CHECK(succeed().description().ends_with(", current result: nothing"));
        CHECK(succeed(std::make_unique<int>(1)).description().find("current result: a std::unique_ptr") !=
              std::string::npos);
        Deferred<> failed = fail(sorry());
        CHECK(failed.description().ends_with(", current result: std::runtime_error: sorry"));
        failed.add_errback([](Failure) {});
        CHECK(failed.description().ends_with(", whose result was taken"));
        Deferred<int> paused;
        paused.pause();
        CHECK(paused.description().ends_with(", waiting to be fired, paused"));
        SharedDeferred<int> shared(succeed(6));
        CHECK(shared.description().ends_with(", current result: 6"));
        std::string inside;
        Deferred<> source;
        Deferred<> tail;
        tail = source.add_callback([&] { inside = tail.description(); });
        source.callback();
        CHECK(inside.ends_with(", in a callback"));
    }
}
