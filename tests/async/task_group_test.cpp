#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

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

} // namespace

TEST_SUITE("async") {
    TEST_CASE("with_task_group returns when its body and all children have ended, and gives the body's value") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<int> {
            for (int i = 1; i <= 5; ++i) group.spawn(count_after(i * 1s, counter));
            co_return 7;
        };
        auto body = [&](sim::World& world) -> Task<> {
            CHECK(co_await with_task_group(group_body) == 7);
            CHECK(counter == 5);
            CHECK(world.elapsed() == 5s);
        };
        sim::run(body);
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
        sim::run(body);
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
        sim::run(body);
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
        auto body = [&](sim::World& world) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "broken");
            CHECK(world.elapsed() == 1s);
        };
        sim::run(body);
        CHECK(counter == 0);
    }

    TEST_CASE("a failure of the body cancels and joins the children") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            co_await sleep(1s);
            throw std::runtime_error("body");
        };
        auto body = [&](sim::World& world) -> Task<> {
            auto outcome = co_await attempt(with_task_group(group_body));
            CHECK(outcome.failure().message() == "body");
            CHECK(world.elapsed() == 1s);
        };
        sim::run(body);
    }

    TEST_CASE("a group that is cancelled by itself just ends") {
        int counter = 0;
        auto group_body = [&](TaskGroup& group) -> Task<> {
            group.spawn(count_after(1h, counter));
            co_await sleep(1s);
            group.cancel();
        };
        auto body = [&](sim::World& world) -> Task<> {
            co_await with_task_group(group_body);
            CHECK(world.elapsed() == 1s);
        };
        sim::run(body);
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
        sim::run(body);
        CHECK(unwound == 3);
    }
}
