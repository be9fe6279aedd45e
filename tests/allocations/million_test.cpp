// What a million of a thing costs in memory. The figures are those of a 64-bit build without sanitizers, with some room
// for what compilers make of a frame; each test says what it measured.

#include "allocations/allocations.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr long million = 1'000'000;

Task<long> sleep_and_give(long value) {
    co_await sleep(1s);
    co_return value;
}

Task<> sleep_and_add(long& sum) {
    co_await sleep(1s);
    ++sum;
}

// The most memory that was in use while `body` ran, for each of the million.
template <class Body>
double peak_bytes_each(Body body) {
    forget_peak();
    std::size_t before = bytes_in_use();
    body();
    return static_cast<double>(peak_bytes() - before) / million;
}

} // namespace

TEST_SUITE("allocations" * doctest::skip(!frames_are_pooled)) {
    TEST_CASE("a million Tasks spawned in a group, all asleep at once, take a stated number of bytes each") {
        double each = peak_bytes_each([] {
            auto body = []() -> Task<> {
                long sum = 0;
                auto spawn_all = [&](TaskGroup& group) -> Task<> {
                    for (long i = 0; i < million; ++i) group.spawn(sleep_and_add(sum));
                    co_return;
                };
                co_await with_task_group(spawn_all);
                CHECK(sum == million);
            };
            sim::run(body);
        });
        MESSAGE("bytes for each of a million spawned Tasks that sleep: " << each);
        CHECK(each <= 600);
    }

    TEST_CASE(
        "a million Tasks gathered, all asleep at once, take a stated number of bytes each, their values included") {
        double each = peak_bytes_each([] {
            auto body = []() -> Task<> {
                std::vector<Task<long>> tasks;
                tasks.reserve(million);
                for (long i = 0; i < million; ++i) tasks.push_back(sleep_and_give(i));
                std::vector<long> values = co_await gather(std::move(tasks));
                long misplaced = 0;
                for (long i = 0; i < million; ++i) misplaced += values[static_cast<std::size_t>(i)] == i ? 0 : 1;
                CHECK(misplaced == 0);
            };
            sim::run(body);
        });
        MESSAGE("bytes for each of a million gathered Tasks that sleep: " << each);
        CHECK(each <= 600);
    }

    TEST_CASE("a million callbacks chained to a Deferred take a stated number of bytes each") {
        double each = peak_bytes_each([] {
            Deferred<long> source;
            Deferred<long> chain = source.add_callback([](long n) { return n; });
            for (long i = 0; i < million; ++i) chain = std::move(chain).add_callback([](long n) { return n + 1; });
            long result = 0;
            chain.add_callback([&](long n) { result = n; });
            source.callback(0);
            CHECK(result == million);
        });
        MESSAGE("bytes for each of a million callbacks of a chain: " << each);
        CHECK(each <= 400);
    }
}
