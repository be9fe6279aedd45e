// from_future, in virtual time: the simulated kernel lets the thread that waits run in step with the loop.

#include <corduroy/async/adapt/from_future.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A future whose function runs in the thread that waits for it.
template <class F>
auto deferred(F f) {
    return std::async(std::launch::deferred, std::move(f));
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("from_future gives the value of a future, or throws what it throws") {
        auto body = []() -> Task<> {
            auto number = co_await from_future(deferred([] { return std::make_unique<int>(3); }));
            CHECK(*number == 3);
            auto failing = deferred([]() -> int { throw std::runtime_error("sorry"); });
            auto failed = co_await attempt(from_future(std::move(failing)));
            CHECK(failed.failure().message() == "sorry");
            co_await from_future(deferred([] {}));
            std::shared_future<std::string> shared = deferred([] { return std::string("shared"); }).share();
            auto text = co_await from_future(shared);
            auto again = co_await from_future(shared);
            CHECK(text == "shared");
            CHECK(again == "shared");
        };
        run_test(body);
    }

    TEST_CASE("a future whose result is there takes no thread") {
        auto body = []() -> Task<> {
            std::promise<std::thread::id> promise;
            promise.set_value(std::this_thread::get_id());
            auto here = co_await from_future(promise.get_future());
            CHECK(here == std::this_thread::get_id());
            auto there = co_await from_future(deferred([] { return std::this_thread::get_id(); }));
            CHECK(there != here);
        };
        run_test(body);
    }

    TEST_CASE("a future that has no result to come is refused") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(from_future(std::future<int>()));
            CHECK(outcome.failure().message().starts_with("from_future was given a future"));
        };
        run_test(body);
    }

    TEST_CASE("an await of a future in a cancelled scope begins nothing") {
        auto body = []() -> Task<> {
            bool ran = false, raised = false;
            auto opened = [&](TaskGroup& group) -> Task<> {
                group.cancel();
                try {
                    co_await from_future(deferred([&] { ran = true; }));
                } catch (const Cancelled&) {
                    raised = true;
                }
            };
            co_await with_task_group(opened);
            CHECK(raised);
            CHECK_FALSE(ran);
        };
        run_test(body);
    }
}
