#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> wait_for(Event& event, char name, std::string& order) {
    co_await event.wait();
    order += name;
    co_await yield_now();
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("setting an event wakes all who wait, in the order in which they came") {
        std::string order;
        auto body = [&](Machine& machine) -> Task<> {
            Event event;
            auto set = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(event.waiting() == 3);
                event.set();
                CHECK(event.waiting() == 0);
            };
            co_await gather(wait_for(event, 'a', order), wait_for(event, 'b', order), wait_for(event, 'c', order),
                            set());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(order == "abc");
    }

    TEST_CASE("waiting for an event that is set completes at once, and setting it again does nothing") {
        auto body = [](Machine& machine) -> Task<> {
            Event event;
            CHECK_FALSE(event.is_set());
            event.set();
            event.set();
            CHECK(event.is_set());
            co_await event.wait();
            co_await timeout(1s, event.wait());
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("who was woken by an event goes on though the event is cleared first, and who comes then waits") {
        std::string order;
        auto body = [&]() -> Task<> {
            Event event;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(wait_for(event, 'a', order));
                co_await sleep(1s);
                event.set();
                event.clear();
                group.spawn(wait_for(event, 'b', order));
                co_await sleep(1s);
                CHECK(order == "a");
                event.set();
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "ab");
    }

    TEST_CASE("who waits for an event that never comes is cancelled, and the others stay") {
        std::string order;
        Cancellable a;
        auto body = [&]() -> Task<> {
            Event event;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(a.run(wait_for(event, 'a', order)));
                group.spawn(wait_for(event, 'b', order));
                co_await sleep(1s);
                a.cancel();
                CHECK(event.waiting() == 1);
                event.set();
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "b");
        CHECK(a.raised());
    }

    TEST_CASE("who is cancelled when the event woke it already goes on to its next await") {
        std::string order;
        Cancellable a;
        auto body = [&]() -> Task<> {
            Event event;
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(a.run(wait_for(event, 'a', order)));
                co_await sleep(1s);
                event.set();
                a.cancel();
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(order == "a");
        CHECK(a.raised());
    }
}
