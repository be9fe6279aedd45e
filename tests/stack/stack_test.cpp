// The stack does not grow (law 4), in any build: these tests overflow an 8 MiB stack, or the smaller ones below, if a
// call, a return, a wake-up or a destruction recurses.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int depth = 100'000;

struct ReadyAtOnce {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    int await_resume() const noexcept { return 1; }
};

Task<long> await_ready_ones(long count) {
    long sum = 0;
    for (long i = 0; i < count; ++i) sum += co_await ReadyAtOnce{};
    co_return sum;
}

Task<int> one() { co_return 1; }

Task<long> await_tasks(long count) {
    long sum = 0;
    for (long i = 0; i < count; ++i) sum += co_await one();
    co_return sum;
}

Task<int> chain(int length, Duration wait) {
    if (length == 0) {
        co_await sleep(wait);
        co_return 0;
    }
    int below = co_await chain(length - 1, wait);
    co_return below + 1;
}

Task<int> hold(Task<int> inner) { co_return co_await std::move(inner); }

Task<int> nested_timeouts(int length) {
    if (length == 0) {
        co_await sleep(1h);
        co_return 0;
    }
    int below = co_await timeout(2h, nested_timeouts(length - 1));
    co_return below + 1;
}

} // namespace

TEST_SUITE("stack") {
    TEST_CASE("ten million awaits that are ready at once") {
        auto body = []() -> Task<long> { co_return co_await await_ready_ones(10'000'000); };
        CHECK(sim::run(body) == 10'000'000);
    }

    TEST_CASE("ten million Tasks that end at once") {
        auto body = []() -> Task<long> { co_return co_await await_tasks(10'000'000); };
        CHECK(sim::run(body) == 10'000'000);
    }

    TEST_CASE("a chain of 100,000 is built, ends and is destroyed") {
        auto body = []() -> Task<int> { co_return co_await chain(depth, 1s); };
        CHECK(sim::run(body) == depth);
    }

    TEST_CASE("a chain of 100,000 is built, cancelled and destroyed") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, chain(depth, 1h)));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        sim::run(body);
    }

    TEST_CASE("100,000 Tasks, each holding the next, are destroyed without having run") {
        Task<int> task = one();
        for (int i = 0; i < depth; ++i) task = hold(std::move(task));
    }

    TEST_CASE("100,000 Tasks, each holding the next, run") {
        auto body = []() -> Task<int> {
            Task<int> task = one();
            for (int i = 0; i < depth; ++i) task = hold(std::move(task));
            co_return co_await std::move(task);
        };
        CHECK(sim::run(body) == 1);
    }

    TEST_CASE("20,000 nested scopes are cancelled") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, nested_timeouts(20'000)));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        sim::run(body);
    }
}
