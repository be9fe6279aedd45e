#include <corduroy/reactor/reactor_stats.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("stats") {
    TEST_CASE("a new reactor has done nothing and has nothing to do") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        CHECK(reactor.stats().text() ==
              "0 tasks, 0 ready, 0 timers, 0 operations in flight, 0 buffers out, 0 services; so far 0 turns, 0 kernel "
              "entries, 0 completions, 0 steps, 0 timers fired, 0 calls posted, 0 tasks started");
    }

    TEST_CASE("turns, timers and posted calls are counted, and what is left to do") {
        Reactor reactor(std::make_unique<sim::SimKernel>());
        reactor.call_later(1s, [] {});
        auto late = reactor.call_later(9s, [] {});
        reactor.call_from_thread([] {});
        reactor.call_later(2s, [&] { reactor.stop(); });
        CHECK(reactor.stats().timers == 3);
        reactor.run();
        ReactorStats stats = reactor.stats();
        CHECK(stats.timers_fired == 2);
        CHECK(stats.timers == 1);
        CHECK(stats.calls_posted == 1);
        CHECK(stats.turns >= 2);
        CHECK(stats.kernel_entries == stats.turns);
    }

    TEST_CASE("the tasks alive are counted, and those that were ever started, but not what they await") {
        sim::run([]() -> Task<> {
            auto nap = []() -> Task<> { co_await sleep(1s); };
            auto look = [&]() -> Task<> {
                co_await nap();
                ReactorStats stats = Reactor::current().stats();
                CHECK(stats.tasks == 3);
                CHECK(stats.tasks_started == 3);
                CHECK(stats.ready == 1);
                CHECK(stats.timers == 0);
                CHECK(stats.timers_fired == 2);
            };
            co_await gather(look(), nap());
            CHECK(Reactor::current().stats().tasks == 1);
            CHECK(Reactor::current().stats().tasks_started == 3);
        });
    }

    TEST_CASE("each wake-up is a step, counted when its turn is over") {
        sim::run([]() -> Task<> {
            co_await sleep(1ms);
            std::uint64_t before = Reactor::current().stats().steps;
            for (int i = 0; i < 10; ++i) co_await yield_now();
            CHECK(Reactor::current().stats().steps == before);
            co_await sleep(1ms);
            CHECK(Reactor::current().stats().steps == before + 11);
        });
    }
}
