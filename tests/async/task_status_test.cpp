#include <corduroy/async/task_status.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Ready after a second, then serves until it is cancelled.
Task<> serve(TaskStatus<int>& status, int port) {
    co_await sleep(1s);
    status.started(port);
    co_await sleep(1h);
}

Task<> fail_to_start(TaskStatus<int>&, std::string message) {
    co_await sleep(1s);
    throw std::runtime_error(message);
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("start waits until the child says that it is ready, gives its value, and the child goes on") {
        auto group_body = [](TaskGroup& group) -> Task<> {
            int port = co_await group.start(serve, 8080);
            CHECK(port == 8080);
            CHECK(group.running() == 1);
            group.cancel();
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a child may be ready at once, with a value that can only be moved, or with none") {
        auto at_once = [](TaskStatus<std::unique_ptr<int>>& status) -> Task<> {
            status.started(std::make_unique<int>(3));
            co_return;
        };
        auto no_value = [](TaskStatus<void>& status, std::unique_ptr<int> number) noexcept -> Task<> {
            CHECK(*number == 5);
            status.started();
            co_await sleep(1s);
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto value = co_await group.start(at_once);
            CHECK(*value == 3);
            co_await group.start(no_value, std::make_unique<int>(5));
            CHECK(group.running() == 1);
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a failure before the child is ready is thrown by start, and is not the group's") {
        auto refuse = [](TaskStatus<void>&) -> Task<> {
            throw std::runtime_error("refused");
            co_return;
        };
        auto no_task = [](TaskStatus<void>&) -> Task<> { throw std::runtime_error("no Task"); };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto late = co_await attempt(group.start(fail_to_start, std::string("no such port")));
            CHECK(late.failure().message() == "no such port");
            auto at_once = co_await attempt(group.start(refuse));
            CHECK(at_once.failure().message() == "refused");
            auto never = co_await attempt(group.start(no_task));
            CHECK(never.failure().message() == "no Task");
            CHECK_FALSE(group.scope().cancelled());
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
    }

    TEST_CASE("a failure after the child was ready is the group's") {
        auto fail_later = [](TaskStatus<int>& status) -> Task<> {
            status.started(1);
            co_await sleep(1s);
            throw std::runtime_error("too late");
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            co_await group.start(fail_later);
            co_await sleep(1h);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "too late");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a child that ends without having said that it is ready is an error of start") {
        auto silent = [](TaskStatus<int>&) -> Task<> { co_await sleep(1s); };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto outcome = co_await attempt(group.start(silent));
            CHECK(outcome.failure().message() ==
                  "a Task that was to say when it is ready ended without having said so");
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
    }

    TEST_CASE("saying twice that it is ready is an error of the child") {
        auto twice = [](TaskStatus<int>& status) -> Task<> {
            status.started(1);
            status.started(2);
            co_return;
        };
        auto group_body = [&](TaskGroup& group) -> Task<> { CHECK(co_await group.start(twice) == 1); };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "a Task said twice that it is ready");
        };
        run_test(body);
    }

    TEST_CASE("cancelling start cancels the child, and waits for its end") {
        std::string log;
        auto slow = [&](TaskStatus<int>& status) -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled& cancelled) {
                log += cancelled.reason();
            }
            co_await shield([&]() -> Task<> {
                co_await sleep(1s);
                status.started(1); // too late: nobody takes it
                log += ", cleaned up";
            });
            co_await yield_now();
            log += "never";
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            CHECK_FALSE(co_await move_on_after(1s, group.start(slow)));
            CHECK(log == "a deadline passed, cleaned up");
            CHECK(group.running() == 0);
            CHECK_FALSE(group.scope().cancelled());
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("a child that fails because start was cancelled has its failure ride on the cancellation") {
        auto breaks = [](TaskStatus<int>&) -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                throw std::runtime_error("broken");
            }
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, group.start(breaks)));
            CHECK(outcome.failure().check<TimeoutError>());
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "broken");
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
    }

    TEST_CASE("once it is ready, the scope in which start was awaited means nothing to the child") {
        int served = 0;
        auto serve_long = [&](TaskStatus<int>& status) -> Task<> {
            status.started(1);
            co_await sleep(5s);
            ++served;
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto work = [&]() -> Task<> {
                co_await group.start(serve_long);
                co_await sleep(1h);
            };
            CHECK_FALSE(co_await move_on_after(1s, work));
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
        CHECK(served == 1);
    }

    TEST_CASE("where the group is cancelled before the child is ready, start says so to whoever is not cancelled") {
        auto body = [](Machine& machine) -> Task<> {
            TaskGroup* group = nullptr;
            auto group_body = [&](TaskGroup& opened) -> Task<> {
                group = &opened;
                co_await sleep(500ms);
                opened.cancel("no more");
            };
            auto both = [&](TaskGroup& outer) -> Task<> {
                outer.spawn(with_task_group(group_body));
                co_await sleep(100ms);
                auto outcome = co_await attempt(group->start(serve, 1));
                CHECK(outcome.failure().message() ==
                      "a Task was cancelled before it said that it was ready: cancelled: no more");
                CHECK(outcome.failure().check<CancelledError>());
            };
            co_await with_task_group(both);
            CHECK(machine.elapsed() == 500ms);
        };
        run_test(body);
    }

    TEST_CASE("a start waits for its turn in a limited group; cancelled, it leaves the queue at once") {
        auto held = std::make_shared<int>(0);
        int began = 0;
        auto count = [&](TaskStatus<int>& status, std::shared_ptr<int>) -> Task<> {
            ++began;
            status.started(began);
            co_return;
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.limit(1);
            group.spawn(sleep(5s));
            CHECK_FALSE(co_await move_on_after(1s, group.start(count, held)));
            CHECK(group.waiting() == 0);
            CHECK(held.use_count() == 1);
            CHECK(co_await group.start(count, held) == 1);
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
    }

    TEST_CASE("a start that waits for its turn when the group is cancelled is told") {
        auto body = []() -> Task<> {
            TaskGroup* group = nullptr;
            auto group_body = [&](TaskGroup& opened) -> Task<> {
                group = &opened;
                opened.limit(1);
                opened.spawn(sleep(1h));
                co_await sleep(1s);
                opened.cancel();
            };
            auto both = [&](TaskGroup& outer) -> Task<> {
                outer.spawn(with_task_group(group_body));
                co_await sleep(100ms);
                auto outcome = co_await attempt(group->start(serve, 1));
                CHECK(outcome.failure().check<CancelledError>());
            };
            co_await with_task_group(both);
        };
        run_test(body);
    }

    TEST_CASE("a start that is awaited in a cancelled scope starts nothing") {
        int began = 0;
        auto count = [&](TaskStatus<int>& status) -> Task<> {
            ++began;
            status.started(began);
            co_return;
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto work = [&](CancelScope& scope) -> Task<> {
                scope.cancel();
                co_await group.start(count);
            };
            CHECK_FALSE(co_await with_cancel_scope(work));
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(began == 0);
    }

    TEST_CASE("a child that is ready in the turn in which start is cancelled delivers its value") {
        auto body = [](Machine& machine) -> Task<> {
            auto group_body = [&](TaskGroup& group) -> Task<> {
                CancelScope scope;
                auto both = [&](TaskStatus<int>& status) -> Task<> {
                    co_await sleep(1s);
                    status.started(7);
                    scope.cancel();
                };
                CHECK(co_await within(scope, group.start(both)) == 7);
            };
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }
}
