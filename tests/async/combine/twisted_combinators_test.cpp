// What gather, settle and race share with Twisted's gatherResults, DeferredList and race, and what they do otherwise.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

Task<int> fail_after(Duration time, std::string message) {
    co_await sleep(time);
    throw std::runtime_error(message);
}

// Notes in `log` how it ends.
Task<int> note_end(Duration time, std::string& log) {
    try {
        co_await sleep(time);
        log += "done ";
    } catch (const Cancelled&) {
        log += "cancelled ";
        throw;
    }
    co_return 0;
}

// Collects what is reported as unhandled.
std::vector<std::string> collect_reports(auto& body) {
    std::vector<std::string> reports;
    auto watched = [&](Machine& machine) -> Task<> {
        auto note = [&](const Failure& failure, std::string_view) { reports.push_back(failure.message()); };
        machine.reactor().on_unhandled(note);
        co_await body(machine);
    };
    run_test(watched);
    return reports;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("settle gives a value or a Failure for each, in the order of the inputs, as a DeferredList does") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<Deferred<int>> deferreds(3);
            machine.reactor().call_later(2s, [&] { deferreds[0].callback(10); });
            machine.reactor().call_later(1s, [&] { deferreds[1].errback(std::runtime_error("no")); });
            deferreds[2].callback(30);
            auto results = co_await settle(deferreds);
            REQUIRE(results.size() == 3);
            CHECK(*results[0] == 10);
            CHECK(results[1].failure().message() == "no");
            CHECK(*results[2] == 30);
        };
        run_test(body);
    }

    TEST_CASE("what settle gives as a Failure is taken: without consumeErrors nothing is reported as unhandled") {
        auto body = [](Machine&) -> Task<> {
            auto results = co_await settle(fail<int>(Error("one")), fail_after(1s, "two"), fail<int>(Error("three")));
            for (const auto& result : results) CHECK_FALSE(result);
        };
        CHECK(collect_reports(body).empty());
    }

    TEST_CASE("gather throws the failure itself, which needs no FirstError to unwrap") {
        auto body = []() -> Task<> {
            std::string caught;
            try {
                co_await gather(answer_after(1h, 1), fail_after(1s, "refused"));
            } catch (const std::runtime_error& error) {
                caught = error.what();
            }
            CHECK(caught == "refused");
        };
        run_test(body);
    }

    TEST_CASE("gather cancels and joins the others at the first failure, which gatherResults leaves running") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(gather(note_end(1h, log), fail_after(1s, "no"), note_end(500ms, log)));
            CHECK(outcome.failure().message() == "no");
            CHECK(log == "done cancelled ");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a failure that gather throws is reported nowhere else, and later ones ride along with it") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> refused;
            auto canceller = [](DeferredSource<int>& source) { source.errback(Error("not even stopped")); };
            Deferred<int> stubborn(canceller);
            machine.reactor().call_later(1s, [source = refused.source()] { source.errback(Error("refused")); });
            auto outcome = co_await attempt(gather(refused, stubborn, fail_after(2s, "too late")));
            CHECK(outcome.failure().message() == "refused");
            auto suppressed = outcome.failure().suppressed();
            REQUIRE(suppressed.size() == 1);
            CHECK(suppressed[0].message() == "not even stopped");
        };
        CHECK(collect_reports(body).empty());
    }

    TEST_CASE("gather and settle of an empty range give nothing, at once") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<Deferred<int>> none;
            auto values = co_await gather(none);
            CHECK(values.empty());
            auto results = co_await settle(none);
            CHECK(results.empty());
            std::vector<Task<>> nothing;
            co_await gather(std::move(nothing));
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("race of an empty range is an error, where a DeferredList that waits for one callback never fires") {
        auto body = []() -> Task<> {
            std::vector<Deferred<int>> none;
            auto outcome = co_await attempt(race(none));
            CHECK(outcome.failure().check<Error>());
            CHECK(outcome.failure().message() == "race of nobody: the range is empty, and nobody can succeed");
        };
        run_test(body);
    }

    TEST_CASE("a Deferred that is gathered is taken, and no callback can be added to it beside") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> deferred;
            std::string refused;
            auto intrude = [&] {
                try {
                    deferred.add_callback([](int value) { return value; });
                } catch (const Error& error) {
                    refused = error.what();
                }
                deferred.callback(1);
            };
            machine.reactor().call_later(1s, intrude);
            auto [value] = co_await gather(deferred);
            CHECK(value == 1);
            CHECK_FALSE(refused.empty());
        };
        run_test(body);
    }

    TEST_CASE("cancelling settle cancels every input, also where a canceller throws, and raises Cancelled") {
        std::string log;
        auto work = [&]() -> Task<> {
            auto throws = [&] {
                log += "a ";
                throw Error("this canceller is broken");
            };
            auto notes = [&] { log += "b "; };
            Deferred<int> first(throws);
            Deferred<int> second(notes);
            auto results = co_await settle(first, second, note_end(1h, log));
            log += "went on";
            static_cast<void>(results);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(log.find("a ") != std::string::npos);
        CHECK(log.find("b ") != std::string::npos);
        CHECK(log.find("cancelled ") != std::string::npos);
        CHECK(log.find("went on") == std::string::npos);
    }

    TEST_CASE("cancelling after everything has come in does nothing to what settle gave") {
        auto body = []() -> Task<> {
            CancelScope scope;
            auto inner = settle(answer_after(1s, 1), fail_after(1s, "no")).into_task();
            auto outcome = co_await detail::in_scope(scope, inner);
            scope.cancel();
            CHECK(*(*outcome)[0] == 1);
            CHECK((*outcome)[1].failure().message() == "no");
        };
        run_test(body);
    }

    TEST_CASE("race waits for the first success, whoever failed before it, and gives its index") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> winner;
            machine.reactor().call_later(2s, [source = winner.source()] { source.callback(5); });
            auto won = co_await race(fail_after(1s, "lost"), winner, answer_after(3s, 1));
            CHECK(won.index == 1);
            CHECK(won.value == 5);
            CHECK(machine.elapsed() == 2s);
        };
        CHECK(collect_reports(body).empty());
    }

    TEST_CASE("race joins the losers, and drops what they come to") {
        std::string log;
        auto stubborn = [&]() -> Task<int> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                log += "loser ended ";
            }
            co_return 99;
        };
        auto breaks = [&]() -> Task<int> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                throw Error("late");
            }
            co_return 0;
        };
        auto body = [&](Machine&) -> Task<> {
            auto won = co_await race(stubborn(), answer_after(1s, 1), breaks());
            CHECK(won.value == 1);
            CHECK(log == "loser ended ");
        };
        CHECK(collect_reports(body).empty());
    }

    TEST_CASE("a race that all lose throws a FailureGroup with the failures in the order of the contestants") {
        auto body = []() -> Task<> {
            bool caught = false;
            try {
                co_await race(fail_after(2s, "one"), fail<int>(Error("two")), fail_after(1s, "three"));
            } catch (const FailureGroup& group) {
                caught = true;
                REQUIRE(group.failures().size() == 3);
                CHECK(group.failures()[0].message() == "one");
                CHECK(group.failures()[1].message() == "two");
                CHECK(group.failures()[2].message() == "three");
            }
            CHECK(caught);
            auto mixed = co_await attempt(race(fail_after(2s, "one"), fail<std::string>(Error("two"))));
            CHECK(mixed.failure().message() == "all 2 failed: one; two");
        };
        run_test(body);
    }

    TEST_CASE("cancelling a race cancels and joins all inputs and raises Cancelled, which is no FailureGroup") {
        std::string log;
        std::string raised;
        auto work = [&]() -> Task<> {
            try {
                co_await race(note_end(1h, log), note_end(2h, log));
            } catch (const Cancelled&) {
                raised = "Cancelled";
                throw;
            } catch (const FailureGroup&) {
                raised = "FailureGroup";
                throw;
            }
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(log == "cancelled cancelled ");
        CHECK(raised == "Cancelled");
    }

    TEST_CASE("a race that is won although it is cancelled delivers the winner") {
        int delivered = 0;
        auto stubborn = []() -> Task<int> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
            }
            co_return 7;
        };
        auto work = [&]() -> Task<> {
            auto won = co_await race(stubborn(), answer_after(2h, 1));
            delivered = won.value;
            co_await yield_now();
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(delivered == 7);
    }
}
