// as_future: a Deferred for those who wait by a std::future.

#include <corduroy/async/adapt/as_future.hpp>

#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>

#include "async/deferred/outcome.hpp"

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <future>
#include <memory>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("as_future takes the value or the failure of a Deferred, when that comes") {
        auto reported = reports([] {
            Deferred<std::unique_ptr<int>> source;
            DeferredSource<std::unique_ptr<int>> fire = source.source();
            std::future<std::unique_ptr<int>> future = as_future(std::move(source));
            CHECK(future.wait_for(0s) == std::future_status::timeout);
            fire.callback(std::make_unique<int>(3));
            CHECK(*future.get() == 3);
            std::future<void> failed = as_future(fail(sorry()));
            CHECK_THROWS_WITH(failed.get(), "sorry");
            CHECK_NOTHROW(as_future(succeed()).get());
        });
        CHECK(reported.empty());
    }

    TEST_CASE("a Deferred that was cancelled, by itself or with the scope around it, is CancelledError to a future") {
        Deferred<int> source;
        DeferredSource<int> fire = source.source();
        Deferred<int> tail = source.add_callback([](int n) { return n; });
        tail.cancel();
        CHECK_THROWS_AS(as_future(std::move(tail)).get(), CancelledError);
        auto body = []() -> Task<> {
            std::future<int> future;
            auto opened = [&](TaskGroup& group) -> Task<> {
                auto work = []() -> Task<int> {
                    co_await sleep(1h);
                    co_return 1;
                };
                future = as_future(ensure_deferred(work()));
                co_await yield_now();
                group.cancel();
            };
            co_await with_task_group(opened);
            CHECK_THROWS_AS(future.get(), CancelledError);
        };
        run_test(body);
    }
}
