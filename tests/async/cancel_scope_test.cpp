#include <corduroy/async/cancel_scope.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

TimePoint from_now(Duration time) { return Reactor::current().now() + time; }

// What the `Cancelled` says that ends a long sleep here.
Task<> hear_reason(std::string& heard) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
        heard = Failure::current().message();
        throw;
    }
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("with_cancel_scope gives its body the scope, and nothing where that was cancelled") {
        auto gives_up = [](CancelScope& scope) -> Task<int> {
            co_await sleep(1s);
            scope.cancel();
            co_return co_await answer_after(1s, 1);
        };
        auto ends = [](CancelScope&) { return answer_after(1s, 2); };
        auto body = [&](Machine& machine) -> Task<> {
            std::optional<int> none = co_await with_cancel_scope(gives_up);
            CHECK_FALSE(none);
            CHECK(machine.elapsed() == 1s);
            CHECK(co_await with_cancel_scope(ends) == 2);
        };
        run_test(body);
    }

    TEST_CASE("a scope's own cancellation is caught where the scope ends, and goes no further") {
        auto body = [](Machine& machine) -> Task<> {
            CancelScope scope;
            DelayedCall later = machine.reactor().call_later(1s, [&] { scope.cancel(); });
            CHECK_FALSE(co_await within(scope, answer_after(1h, 1)));
            CHECK(machine.elapsed() == 1s);
            CHECK(scope.cancel_called());
            CHECK(scope.cancelled_caught());
            co_await sleep(1s); // nobody here is cancelled
        };
        run_test(body);
    }

    TEST_CASE("a cancellation from around a scope is not caught by the scope, though that was cancelled as well") {
        bool caught = false;
        auto work = [&]() -> Task<> {
            CancelScope scope;
            auto cancels_itself = [&]() -> Task<> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    scope.cancel();
                }
                co_await yield_now();
            };
            auto outcome = co_await attempt(within(scope, cancels_itself));
            caught = scope.cancelled_caught();
        };
        auto body = [&](Machine& machine) -> Task<> {
            CHECK_FALSE(co_await move_on_after(1s, work()));
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK_FALSE(caught);
    }

    TEST_CASE("work that gives its value though its scope was cancelled delivers it, and nothing is caught") {
        auto body = []() -> Task<> {
            CancelScope scope;
            auto stubborn = [&]() -> Task<int> {
                scope.cancel();
                co_return 3;
            };
            CHECK(co_await within(scope, stubborn) == 3);
            CHECK(scope.cancel_called());
            CHECK_FALSE(scope.cancelled_caught());
        };
        run_test(body);
    }

    TEST_CASE("a failure passes through a cancelled scope") {
        auto body = []() -> Task<> {
            CancelScope scope;
            auto broken = [&]() -> Task<> {
                scope.cancel();
                throw std::runtime_error("broken");
                co_return;
            };
            auto outcome = co_await attempt(within(scope, broken));
            CHECK(outcome.failure().message() == "broken");
            CHECK_FALSE(scope.cancelled_caught());
        };
        run_test(body);
    }

    TEST_CASE("a scope that is cancelled before it is entered ends its work at the first await") {
        auto body = []() -> Task<> {
            CancelScope scope;
            scope.cancel();
            int steps = 0;
            auto work = [&]() -> Task<> {
                ++steps;
                co_await yield_now();
                ++steps;
            };
            CHECK_FALSE(co_await within(scope, work));
            CHECK(steps == 1);
            CHECK(scope.cancelled_caught());
        };
        run_test(body);
    }

    TEST_CASE("a scope lies within that of the coroutine that enters it, wherever it was made") {
        auto body = [](Machine& machine) -> Task<> {
            CancelScope scope;
            auto work = [&]() -> Task<> { co_await within(scope, answer_after(1h, 1)); };
            auto outcome = co_await attempt(timeout(1s, work));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            CHECK_FALSE(scope.cancel_called());
            CHECK(co_await within(scope, answer_after(1s, 2)) == 2); // out of the scope that was cancelled
        };
        run_test(body);
    }

    TEST_CASE("a scope outlives the one it was made in") {
        auto body = []() -> Task<> {
            std::unique_ptr<CancelScope> scope;
            auto make = [&](CancelScope& around) -> Task<> {
                scope = std::make_unique<CancelScope>();
                around.cancel();
                CHECK(scope->cancelled());
                co_return;
            };
            co_await with_cancel_scope(make);
            CHECK_FALSE(scope->cancelled());
            CHECK(co_await within(*scope, answer_after(1s, 2)) == 2);
        };
        run_test(body);
    }

    TEST_CASE("a scope with a deadline outlives its reactor") {
        std::vector<std::unique_ptr<CancelScope>> scopes(6);
        auto body = [&]() -> Task<> {
            // In the wheel near and far, moved, due at the end of this very turn; and one without any.
            std::vector<Duration> delays{1ms, 1ms, 1h, 24h * 365, 1ns};
            for (auto& scope : scopes) scope = std::make_unique<CancelScope>();
            TimePoint now = Reactor::current().now();
            for (std::size_t i = 0; i < delays.size(); ++i) scopes[i]->set_deadline(now + delays[i]);
            scopes[1]->set_deadline(now + 2h);
            co_return;
        };
        CHECK_THROWS_WITH(sim::run(body), "the program left timers set: 5"); // a simulation looks for leaks
        run(body());
        for (std::size_t i = 0; i < 5; ++i) CHECK_FALSE(scopes[i]->cancelled());
        scopes[0]->set_deadline(std::nullopt);
        scopes[1]->cancel();
        CHECK(scopes[1]->cancelled());
        auto later = [&]() -> Task<> { // another reactor takes one over
            scopes[2]->set_deadline(Reactor::current().now() + 1s);
            auto answer = co_await within(*scopes[2], answer_after(2s, 1));
            CHECK(scopes[2]->deadline_passed());
            CHECK_FALSE(answer.has_value());
            scopes[3]->set_deadline(Reactor::current().now() + 1s);
            scopes[3].reset();
        };
        sim::run(later);
    }

    TEST_CASE("a scope with a deadline may end where no reactor runs") {
        std::unique_ptr<CancelScope> scope;
        Reactor reactor(std::make_unique<sim::SimKernel>());
        reactor.call_later(0s, [&] {
            scope = std::make_unique<CancelScope>();
            scope->set_deadline(reactor.now() + 1h);
        });
        reactor.poll_once();
        reactor.poll_once();
        REQUIRE(scope);
        scope->set_deadline(std::nullopt);
        scope.reset();
    }

    TEST_CASE("one body at a time runs in a scope") {
        auto body = []() -> Task<> {
            CancelScope scope;
            auto twice = [&]() -> Task<> { co_await within(scope, answer_after(1s, 1)); };
            auto outcome = co_await attempt(within(scope, twice));
            CHECK(outcome.failure().message() == "a cancel scope was entered while work was running in it already");
            CHECK(co_await within(scope, answer_after(1s, 1)) == 1);
        };
        run_test(body);
    }

    TEST_CASE("the reason of a cancellation stands in the message of each Cancelled that it raises") {
        std::string heard;
        auto body = [&](Machine& machine) -> Task<> {
            CancelScope scope;
            auto cancel = [&] {
                scope.cancel("the user pressed stop");
                scope.cancel("and again");
            };
            DelayedCall later = machine.reactor().call_later(1s, cancel);
            co_await within(scope, hear_reason(heard));
            CHECK(heard == "cancelled: the user pressed stop");
            CHECK(scope.cancel_reason() == "the user pressed stop");
            co_await move_on_after(1s, hear_reason(heard));
            CHECK(heard == "cancelled: a deadline passed");
            CancelScope silent;
            DelayedCall silently = machine.reactor().call_later(1s, [&] { silent.cancel(); });
            co_await within(silent, hear_reason(heard));
            CHECK(heard == "cancelled");
        };
        run_test(body);
    }

    TEST_CASE("where several scopes around are cancelled, the reason is that of the outermost, which answers") {
        std::string heard;
        auto body = [&]() -> Task<> {
            CancelScope outer;
            auto work = [&](CancelScope& inner) -> Task<> {
                inner.cancel("inner");
                outer.cancel("outer");
                try {
                    co_await yield_now();
                } catch (const Cancelled&) {
                    heard = Failure::current().message();
                    throw;
                }
            };
            auto around = [&]() -> Task<> { co_await with_cancel_scope(work); };
            CHECK_FALSE(co_await within(outer, around));
        };
        run_test(body);
        CHECK(heard == "cancelled: outer");
    }

    TEST_CASE("deadlines nest by the earliest, and current_effective_deadline tells it, as far as the next shield") {
        auto body = []() -> Task<> {
            TimePoint soon = from_now(1s);
            TimePoint late = from_now(2s);
            CHECK(current_effective_deadline() == std::nullopt);
            auto inner = [&](CancelScope& scope) -> Task<> {
                CHECK(scope.deadline() == late);
                CHECK(current_effective_deadline() == soon);
                co_await shield([&]() -> Task<> {
                    CHECK(current_effective_deadline() == std::nullopt);
                    co_return;
                });
                scope.set_deadline(from_now(500ms));
                CHECK(current_effective_deadline() == from_now(500ms));
                scope.cancel();
                CHECK(current_effective_deadline() == TimePoint::min());
            };
            auto outer = [&]() -> Task<> { co_await move_on_at(late, inner); };
            CHECK(co_await move_on_at(soon, outer));
        };
        run_test(body);
        CHECK(current_effective_deadline() == std::nullopt);
    }

    TEST_CASE("a deadline can be moved while the work runs, to and fro, until it has passed") {
        auto body = [](Machine& machine) -> Task<> {
            auto work = [&](CancelScope& scope) -> Task<> {
                scope.set_deadline(from_now(1h));
                co_await sleep(1s);
                scope.set_deadline(std::nullopt);
                co_await sleep(2h);
                scope.set_deadline(from_now(5s));
                co_await sleep(1h);
            };
            CHECK_FALSE(co_await move_on_after(500ms, work));
            CHECK(machine.elapsed() == 2h + 6s);
            auto too_late = [&](CancelScope& scope) -> Task<> {
                TimePoint deadline = *scope.deadline();
                scope.set_deadline(from_now(-1s));
                CHECK(scope.deadline_passed());
                scope.set_deadline(from_now(1h));
                CHECK(*scope.deadline() < deadline);
                co_await yield_now();
            };
            CHECK_FALSE(co_await move_on_after(1h, too_late));
            CHECK(machine.elapsed() == 2h + 6s);
        };
        run_test(body);
    }

    TEST_CASE("a deadline that passes when its scope was cancelled already changes nothing") {
        auto body = []() -> Task<> {
            CancelScope scope;
            scope.set_deadline(from_now(1s));
            scope.cancel("by hand");
            auto late = [&]() -> Task<> {
                co_await shield(answer_after(2s, 1));
                co_await yield_now();
            };
            CHECK_FALSE(co_await within(scope, late));
            CHECK_FALSE(scope.deadline_passed());
            CHECK(scope.cancel_reason() == "by hand");
        };
        run_test(body);
    }

    TEST_CASE("a shield can be put up and taken away while the work runs, in a cancelled scope too") {
        std::string log;
        auto work = [&](CancelScope& inner) -> Task<> {
            inner.set_shielded(true);
            CHECK(inner.shielded());
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                log += 'c';
            }
            CHECK(inner.cancelled());
            inner.set_shielded(true); // up again: what came before is held off too
            CHECK_FALSE(inner.cancelled());
            co_await sleep(1s);
            auto deeper = [&]() -> Task<> {
                inner.set_shielded(false);
                co_await sleep(1h);
            };
            co_await deeper();
            log += 'x';
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outer = [&](CancelScope& scope) -> Task<> {
                CancelScope inner;
                DelayedCall first = machine.reactor().call_later(1s, [&] { scope.cancel(); });
                DelayedCall second = machine.reactor().call_later(3s, [&] { inner.set_shielded(false); });
                auto in_inner = [&]() { return work(inner); };
                co_await within(inner, in_inner);
                log += 'x';
            };
            CHECK_FALSE(co_await with_cancel_scope(outer));
            CHECK(machine.elapsed() == 4s);
        };
        run_test(body);
        CHECK(log == "c");
    }

    TEST_CASE("a shield does not hold off the cancellation of its own scope") {
        auto body = [](Machine& machine) -> Task<> {
            CancelScope scope(CancelScope::Shield::yes);
            scope.set_deadline(from_now(1s));
            CHECK_FALSE(co_await within(scope, answer_after(1h, 1)));
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }
}
