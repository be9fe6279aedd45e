#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/resource_guard.hpp>
#include <corduroy/async/sync/sync_error.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("two tasks in one place is an error that names both, and the first is not disturbed") {
        bool ended = false;
        auto body = [&]() -> Task<> {
            ResourceGuard reading;
            auto first = [&]() -> Task<> {
                auto use = reading.enter("read from the socket");
                co_await sleep(1s);
                ended = true;
            };
            auto second = [&]() -> Task<> {
                co_await yield_now();
                auto use = reading.enter("read from the socket");
            };
            auto both = [&]() -> Task<> {
                auto outcome = co_await attempt(second());
                REQUIRE(outcome.failure().check<BusyResourceError>());
                std::string message = outcome.failure().message();
                CHECK(message.starts_with("a second read from the socket at "));
                CHECK(message.find(", while the one at ") != std::string::npos);
                CHECK(message.ends_with(" is under way"));
            };
            co_await gather(first(), both());
            CHECK_FALSE(reading.busy());
        };
        run_test(body);
        CHECK(ended);
    }

    TEST_CASE("a use ends with its scope, earlier by release, and moves") {
        ResourceGuard guard;
        {
            auto use = guard.enter("write");
            auto moved = std::move(use);
            CHECK(guard.busy());
            moved.release();
            CHECK_FALSE(guard.busy());
            CHECK_THROWS_AS(moved.release(), Error);
            auto again = guard.enter("write");
            CHECK(guard.busy());
        }
        CHECK_FALSE(guard.busy());
    }

    TEST_CASE("what a use is called is asked for on conflict alone") {
        int asked = 0;
        auto what = [&] {
            ++asked;
            return std::string("write to 127.0.0.1:80");
        };
        ResourceGuard guard;
        auto use = guard.enter(what);
        CHECK(asked == 0);
        CHECK_THROWS_AS(static_cast<void>(guard.enter(what)), BusyResourceError);
        CHECK(asked == 1);
    }
}
