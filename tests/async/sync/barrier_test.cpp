#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/barrier.hpp>
#include <corduroy/async/sync/sync_error.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Comes to the barrier after a time, and notes its place when all have come.
Task<> come(Barrier& barrier, Duration time, std::string& places) {
    co_await sleep(time);
    std::size_t place = co_await barrier.wait();
    places += std::to_string(place);
    co_await yield_now();
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a barrier lets all go on when the last has come, each with its place") {
        std::string places;
        auto body = [&](Machine& machine) -> Task<> {
            Barrier barrier(3);
            CHECK(barrier.parties() == 3);
            auto watch = [&]() -> Task<> {
                co_await sleep(2500ms);
                CHECK(barrier.waiting() == 2);
                CHECK(places.empty());
            };
            co_await gather(come(barrier, 1s, places), come(barrier, 2s, places), come(barrier, 3s, places), watch());
            CHECK(barrier.waiting() == 0);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
        CHECK(places == "201"); // the last goes on at once
    }

    TEST_CASE("a barrier can be used again and again") {
        std::string rounds;
        auto body = [&]() -> Task<> {
            Barrier barrier(2);
            auto work = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    std::size_t place = co_await barrier.wait();
                    if (place == 0) rounds += std::to_string(i);
                }
            };
            co_await gather(work(), work());
        };
        run_test(body);
        CHECK(rounds == "012");
    }

    TEST_CASE("a barrier for one party lets it through at once, and for none is an error") {
        auto body = []() -> Task<> {
            Barrier barrier(1);
            CHECK(co_await barrier.wait() == 0);
            CHECK(co_await timeout(1s, barrier.wait()) == 0);
        };
        run_test(body);
        CHECK_THROWS_WITH_AS(Barrier(0), "a Barrier was made for no parties", Error);
    }

    TEST_CASE("a party that is cancelled at a barrier counts no more") {
        std::string places;
        Cancellable first;
        auto body = [&]() -> Task<> {
            Barrier barrier(2);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(first.run(come(barrier, 0s, places)));
                co_await sleep(1s);
                first.cancel();
                group.spawn(come(barrier, 0s, places));
                co_await sleep(1s);
                CHECK(barrier.waiting() == 1);
                CHECK(places.empty());
                group.spawn(come(barrier, 0s, places));
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(places == "10");
        CHECK(first.raised());
    }

    TEST_CASE("a party that is cancelled when all have come goes on to its next await") {
        std::string places;
        Cancellable first;
        auto body = [&]() -> Task<> {
            Barrier barrier(2);
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(first.run(come(barrier, 0s, places)));
                co_await sleep(1s);
                CHECK(co_await barrier.wait() == 1);
                first.cancel();
            };
            co_await with_task_group(group_body);
        };
        run_test(body);
        CHECK(places == "0");
        CHECK(first.raised());
    }

    TEST_CASE("a barrier that is aborted fails all who wait and all who come, until it is reset") {
        std::string places;
        auto body = [&]() -> Task<> {
            Barrier barrier(3);
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(barrier.wait());
                CHECK(outcome.failure().check<BrokenBarrierError>());
                places += 'f';
            };
            auto abort = [&]() -> Task<> {
                co_await sleep(1s);
                barrier.abort();
                CHECK(barrier.broken());
                co_await wait();
            };
            co_await gather(wait(), wait(), abort());
            barrier.reset();
            CHECK_FALSE(barrier.broken());
            co_await gather(come(barrier, 0s, places), come(barrier, 0s, places), come(barrier, 0s, places));
        };
        run_test(body);
        CHECK(places == "fff201");
    }

    TEST_CASE("a barrier that is reset fails those who wait, and lets the next round begin") {
        int failed = 0;
        auto body = [&]() -> Task<> {
            Barrier barrier(2);
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(barrier.wait());
                if (!outcome) ++failed;
            };
            auto reset = [&]() -> Task<> {
                co_await sleep(1s);
                barrier.reset();
                co_await gather(barrier.wait(), barrier.wait());
            };
            co_await gather(wait(), reset());
        };
        run_test(body);
        CHECK(failed == 1);
    }

    TEST_CASE("a barrier to which not all come ends by a timeout") {
        auto body = [](Machine& machine) -> Task<> {
            Barrier barrier(2);
            auto outcome = co_await attempt(timeout(1s, barrier.wait()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(barrier.waiting() == 0);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }
}
