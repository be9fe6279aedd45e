#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> count_after(Duration time, int& counter) {
    co_await sleep(time);
    ++counter;
}

Task<> fail_after(Duration time, std::string message) {
    co_await sleep(time);
    throw std::runtime_error(message);
}

Task<int> give(int number) { co_return number; }

// Fails while it is cancelled.
Task<> fail_unwinding(std::string message) {
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
        throw std::runtime_error(message);
    }
}

struct Bell {
    int rung = 0;
    Task<> ring(int times) {
        co_await sleep(1s);
        rung += times;
    }
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE("with_task_group returns when its body and all children have ended, and gives the body's value") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<int> {
            for (int i = 1; i <= 5; ++i) group.spawn(count_after(i * 1s, counter));
            co_return 7;
        };
        auto body = [&](Machine& machine) -> Task<> {
            CHECK(co_await with_task_group(group_body) == 7);
            CHECK(counter == 5);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
    }

    TEST_CASE("a child may spawn into the group it runs in, when the body has ended too") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto child = [&]() -> Task<> {
                co_await sleep(1s);
                group.spawn(count_after(1s, counter));
            };
            group.spawn(child);
            co_return;
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(counter == 1);
    }

    TEST_CASE("spawn keeps a callable and its arguments alive as long as the Task runs") {
        std::string result;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            {
                std::string captured = "a string that is too long to live inside its object";
                auto child = [captured, &result](std::string more) -> Task<> {
                    co_await sleep(1s);
                    result = captured + more;
                };
                group.spawn(child, std::string(" and its argument, as long as that, or longer"));
            }
            co_return;
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(result ==
              "a string that is too long to live inside its object and its argument, as long as that, or longer");
    }

    TEST_CASE("the first failure of a child cancels the body and the rest, and is thrown") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            group.spawn(fail_after(1s, "broken"));
            co_await sleep(2h);
            ++counter;
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "broken");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(counter == 0);
    }

    TEST_CASE("a failure of the body cancels and joins the children") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            co_await sleep(1s);
            throw std::runtime_error("body");
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "body");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a body that is no coroutine, and throws when it is called, has its children cancelled and joined") {
        int counter = 0;
        auto spawn_and_throw = [&](TaskGroup& group) -> Task<int> {
            group.limit(1);
            group.spawn(fail_unwinding("child"));
            group.spawn(count_after(1s, counter)); // waits for its turn
            if (counter == 0) throw std::runtime_error("body");
            return give(counter);
        };
        auto throw_at_once = [](TaskGroup&) -> Task<> { throw std::runtime_error("at once"); };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(spawn_and_throw));
            CHECK(outcome.failure().message() == "body");
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "child");
            auto none = co_await attempt(with_task_group(throw_at_once));
            CHECK(none.failure().message() == "at once");
            co_await sleep(1h);
            CHECK(counter == 0);
            CHECK(machine.elapsed() == 1h);
        };
        run_test(body);
    }

    TEST_CASE("a group that is cancelled by itself just ends") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            co_await sleep(1s);
            group.cancel();
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(counter == 0);
    }

    TEST_CASE("cancelling from outside cancels and joins all children") {
        int unwound = 0;
        auto child = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                ++unwound;
                throw;
            }
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            for (int i = 0; i < 3; ++i) group.spawn(child);
            co_await sleep(1h);
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, with_task_group(group_body)));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(unwound == 3);
    }

    TEST_CASE("when several fail the first is thrown, and carries the others as suppressed, in their order") {
        auto group_body = [](TaskGroup& group) -> Task<> {
            group.spawn(fail_unwinding("second"));
            group.spawn(fail_unwinding("third"));
            group.spawn(fail_after(1s, "first"));
            co_await fail_unwinding("fourth");
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "first");
            std::vector<std::string> others;
            for (const Failure& other : outcome.failure().suppressed()) others.push_back(other.message());
            CHECK(others == std::vector<std::string>{"fourth", "second", "third"});
        };
        run_test(body);
    }

    TEST_CASE("those whom a failure cancels are told of it") {
        std::string heard;
        auto listen = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled& cancelled) {
                heard = cancelled.reason();
                throw;
            }
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(listen);
            group.spawn(fail_after(1s, "broken"));
            co_return;
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "broken");
        };
        run_test(body);
        CHECK(heard == "a Task of its group failed: broken");
    }

    TEST_CASE("a group that keeps going lets all its children end, and throws the first failure with the others") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.keep_going();
            group.spawn(count_after(5s, counter));
            group.spawn(fail_after(2s, "second"));
            group.spawn(fail_after(1s, "first"));
            co_await count_after(3s, counter);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "first");
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "second");
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
        CHECK(counter == 2);
    }

    TEST_CASE("a failure of the body cancels the children of a group that keeps going, too") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.keep_going();
            group.spawn(count_after(1h, counter));
            co_await fail_after(1s, "body");
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "body");
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE(
        "a group cancelled from outside while a child failed throws the cancellation, which carries the failure") {
        auto group_body = [](TaskGroup& group) -> Task<> {
            group.spawn(fail_unwinding("broken"));
            co_await sleep(1h);
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, with_task_group(group_body)));
            CHECK(outcome.failure().check<TimeoutError>());
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "broken");
        };
        run_test(body);
    }

    TEST_CASE("a child is in its group's scope, and not in that of whoever spawned it") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            auto spawner = [&](CancelScope& scope) -> Task<> {
                group.spawn(count_after(5s, counter));
                scope.cancel();
                co_await yield_now();
            };
            CHECK_FALSE(co_await with_cancel_scope(spawner));
        };
        auto body = [&](Machine& machine) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
        CHECK(counter == 1);
    }

    TEST_CASE("whoever knows an open group may spawn into it: another Task, or a callback") {
        int counter = 0;
        TaskGroup* open = nullptr;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            open = &group;
            co_await sleep(5s);
        };
        auto body = [&](Machine& machine) -> Task<> {
            DelayedCall later = machine.reactor().call_later(1s, [&] { open->spawn(count_after(2s, counter)); });
            auto both = [&](TaskGroup& outer) -> Task<> {
                outer.spawn(with_task_group(group_body));
                co_await sleep(2s);
                open->spawn(count_after(7s, counter));
            };
            co_await with_task_group(both);
            CHECK(machine.elapsed() == 9s);
        };
        run_test(body);
        CHECK(counter == 2);
    }

    TEST_CASE("spawning into a group that is over is an error, from the moment its last child has ended") {
        int counter = 0;
        TaskGroup* over = nullptr;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            over = &group;
            co_return;
        };
        std::string message;
        auto intrude = [&]() -> Task<> {
            while (over == nullptr) co_await yield_now();
            try {
                over->spawn(count_after(1s, counter));
            } catch (const Error& error) {
                message = error.what();
            }
        };
        auto body = [&]() -> Task<> {
            auto outer = [&](TaskGroup& group) -> Task<> {
                group.spawn(with_task_group(group_body));
                group.spawn(intrude);
                co_return;
            };
            co_await with_task_group(outer);
        };
        run_test(body);
        CHECK(message == "a Task was spawned into a task group that is over: its body and all its children had ended");
        CHECK(counter == 0);
    }

    TEST_CASE("spawn hands over arguments that can only be moved, and calls member functions") {
        Bell bell;
        int seen = 0;
        auto take = [&](std::unique_ptr<int> number) -> Task<> {
            co_await sleep(1s);
            seen = *number;
        };
        auto change = [](int& number) -> Task<> { // refers to the group's own copy
            co_await sleep(1s);
            ++number;
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(take, std::make_unique<int>(7));
            group.spawn(change, 1);
            group.spawn(&Bell::ring, &bell, 3);
            group.spawn(&Bell::ring, std::ref(bell), 4);
            co_return;
        };
        auto body = [&]() -> Task<> { co_await with_task_group(group_body); };
        run_test(body);
        CHECK(seen == 7);
        CHECK(bell.rung == 7);
    }

    TEST_CASE("a callable that throws when it is called is a child that failed") {
        auto throws = []() -> Task<> { throw std::runtime_error("no Task"); };
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            group.spawn(+throws);
            co_return;
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "no Task");
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("a Cancelled that no cancellation caused is not swallowed by the group") {
        auto throws = []() -> Task<> {
            co_await yield_now();
            throw Cancelled("by hand");
        };
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(throws);
            co_return;
        };
        auto body = [&]() -> Task<> {
            bool thrown = false;
            try {
                co_await with_task_group(group_body);
            } catch (const Cancelled&) {
                thrown = true;
            }
            CHECK(thrown);
        };
        run_test(body);
    }

    TEST_CASE("a failure in the root group is reported, as main ends by its cancellation") {
        std::vector<std::string> reports;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled([&](const Failure& failure, std::string_view context) {
                reports.push_back(std::string(context) + ": " + failure.message());
            });
            CancelScope::current()->group()->spawn(fail_after(1s, "broken"));
            co_await sleep(1h);
        };
        std::string heard;
        try {
            run_test(body);
        } catch (const Cancelled& cancelled) {
            heard = cancelled.reason();
        }
        CHECK(heard == "a Task of its group failed: broken");
        CHECK(reports == std::vector<std::string>{"a Task spawned into the root group: broken"});
    }
}
