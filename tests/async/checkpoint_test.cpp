#include <corduroy/async/checkpoint.hpp>

#include <corduroy/async/move_on.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> nothing() { co_return; }

struct AtOnce {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

// How many turns another Task had by the time `work` ended.
int turns_beside(const std::function<Task<>()>& work) {
    int turns = 0;
    int seen = 0;
    auto count = [&]() -> Task<> {
        for (;; ++turns) co_await yield_now();
    };
    auto group_body = [&](TaskGroup& group) -> Task<> {
        group.spawn(count);
        co_await yield_now();
        turns = 0;
        co_await work();
        seen = turns;
        group.cancel();
    };
    run_test([&]() -> Task<> { co_await with_task_group(group_body); });
    return seen;
}

// Whether `work` is ended by the cancellation of its scope, which has come before it.
bool ends_cancelled(const std::function<Task<>()>& work) {
    bool ended = false;
    auto cancelled = [&](CancelScope& scope) -> Task<> {
        scope.cancel();
        try {
            co_await work();
        } catch (const Cancelled&) {
            ended = true;
            throw;
        }
    };
    run_test([&]() -> Task<> { co_await with_cancel_scope(cancelled); });
    return ended;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("every await is a checkpoint: in a cancelled scope one that would be ready at once raises as well") {
        CHECK(ends_cancelled([]() -> Task<> { co_await AtOnce(); }));
        CHECK(ends_cancelled([]() -> Task<> { co_await nothing(); }));
        CHECK(ends_cancelled([]() -> Task<> { co_await yield_now(); }));
        CHECK(ends_cancelled([]() -> Task<> { co_await checkpoint(); }));
        CHECK(ends_cancelled([]() -> Task<> { co_await checkpoint_if_cancelled(); }));
    }

    TEST_CASE("a Task whose awaits are all ready at once gives way after a thousand of them") {
        auto thousand = [](auto make) {
            return [make]() -> Task<> {
                for (int i = 0; i < 990; ++i) co_await make();
            };
        };
        auto more = [](auto make) {
            return [make]() -> Task<> {
                for (int i = 0; i < 5500; ++i) co_await make();
            };
        };
        CHECK(turns_beside(thousand([] { return AtOnce(); })) == 0);
        CHECK(turns_beside(more([] { return AtOnce(); })) == 5);
        CHECK(turns_beside(thousand([] { return checkpoint_if_cancelled(); })) == 0);
        CHECK(turns_beside(more([] { return checkpoint_if_cancelled(); })) == 5);
        CHECK(turns_beside(more([] { return nothing(); })) == 5);
    }

    TEST_CASE("checkpoint and cancel_shielded_checkpoint always give way") {
        CHECK(turns_beside([]() -> Task<> {
                  for (int i = 0; i < 10; ++i) co_await checkpoint();
              }) == 10);
        CHECK(turns_beside([]() -> Task<> {
                  for (int i = 0; i < 10; ++i) co_await cancel_shielded_checkpoint();
              }) == 10);
    }

    TEST_CASE("checkpoint raises also where the cancellation comes while it gives way") {
        std::string log;
        auto body = [&]() -> Task<> {
            CancelScope scope;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                auto work = [&]() -> Task<> {
                    co_await checkpoint();
                    log += 'x';
                };
                group.spawn(within(scope, work));
                auto cancel = [&]() -> Task<> {
                    scope.cancel();
                    co_return;
                };
                group.spawn(cancel);
                co_return;
            };
            co_await with_task_group(group_body);
            CHECK(scope.cancelled_caught());
        };
        run_test(body);
        CHECK(log.empty());
    }

    TEST_CASE("cancel_shielded_checkpoint gives way in a cancelled scope without raising") {
        std::string log;
        auto work = [&](CancelScope& scope) -> Task<> {
            scope.cancel();
            co_await cancel_shielded_checkpoint();
            log += 'a';
            co_await checkpoint_if_cancelled();
            log += 'b';
        };
        run_test([&]() -> Task<> { CHECK_FALSE(co_await with_cancel_scope(work)); });
        CHECK(log == "a");
    }

    TEST_CASE("a computation that asks now and then is ended by its deadline") {
        sim::SimOptions options;
        options.turn_cost = 1ms; // a computation makes no virtual time pass by itself
        int steps = 0;
        auto compute = [&]() -> Task<> {
            for (;; ++steps) co_await checkpoint();
        };
        auto body = [&](sim::World& world) -> Task<> {
            CHECK_FALSE(co_await move_on_after(1s, compute));
            CHECK(world.elapsed() < 1100ms);
        };
        sim::run(body, options);
        CHECK(steps > 900);
    }
}
