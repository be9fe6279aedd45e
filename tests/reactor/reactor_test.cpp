#include <corduroy/reactor/reactor.hpp>

#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <poll.h>
#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A reactor in virtual time.
struct Simulated {
    Reactor reactor{std::make_unique<sim::SimKernel>()};
    TimePoint start = reactor.now();
    std::string log;

    void note(Duration delay, char letter) {
        reactor.call_later(delay, [this, letter] { log += letter; });
    }
    void run_for(Duration time) {
        reactor.call_later(time, [this] { reactor.stop(); });
        reactor.run();
    }
};

} // namespace

TEST_SUITE("reactor") {
    TEST_CASE("call_later calls in the order of time, and of setting where times are equal") {
        Simulated world;
        world.note(2s, 'c');
        world.note(1s, 'a');
        world.note(2s, 'd');
        world.note(1s, 'b');
        world.run_for(3s);
        CHECK(world.log == "abcd");
        CHECK(world.reactor.now() == world.start + 3s);
    }

    TEST_CASE("a call can be cancelled, reset and delayed until it was made, and says so") {
        Simulated world;
        std::string& log = world.log;
        DelayedCall first = world.reactor.call_later(1s, [&] { log += 'a'; });
        DelayedCall second = world.reactor.call_later(1s, [&] { log += 'b'; });
        DelayedCall third = world.reactor.call_later(1s, [&] { log += 'c'; });
        CHECK(first.cancel());
        CHECK_FALSE(first.cancel());
        CHECK(second.reset(5s));
        CHECK(second.time() == world.start + 5s);
        CHECK(third.delay(1s));
        CHECK(third.time() == world.start + 2s);
        world.run_for(3s);
        CHECK(log == "c");
        CHECK_FALSE(third.active());
        CHECK_FALSE(third.reset(1s));
        CHECK(second.active());
        world.run_for(3s);
        CHECK(log == "cb");
    }

    TEST_CASE("dropping the handle leaves the call scheduled, and destroying the reactor frees it") {
        auto keeper = std::make_shared<int>(1);
        {
            Simulated world;
            world.reactor.call_later(1h, [keeper] {});
            CHECK(keeper.use_count() == 2);
        }
        CHECK(keeper.use_count() == 1);
    }

    TEST_CASE("what a call throws is reported once, and the loop goes on") {
        Simulated world;
        std::string reported;
        world.reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            reported += failure.message() + " in " + std::string(context);
        });
        world.reactor.call_later(1s, [] { throw std::runtime_error("broken"); });
        world.note(2s, 'x');
        world.run_for(3s);
        CHECK(reported == "broken in a call scheduled by call_later");
        CHECK(world.log == "x");
    }

    TEST_CASE("a reactor can be stopped and run again") {
        Simulated world;
        world.run_for(1s);
        world.run_for(1s);
        CHECK(world.reactor.now() == world.start + 2s);
    }

    TEST_CASE("what keeps itself ready does not keep timers from firing") {
        struct Busy : Ready {
            explicit Busy(Reactor& owner)
                : Ready([](Ready& ready) noexcept {
                      auto& self = static_cast<Busy&>(ready);
                      if (!self.done) self.reactor.enqueue(self);
                  }),
                  reactor(owner) {}
            Reactor& reactor;
            bool done = false;
        };
        sim::SimOptions options;
        options.turn_cost = 1ms;
        Reactor reactor(std::make_unique<sim::SimKernel>(options));
        Busy busy(reactor);
        reactor.enqueue(busy);
        reactor.call_later(1s, [&] {
            busy.done = true;
            reactor.stop();
        });
        reactor.run();
        CHECK(busy.done);
    }

    TEST_CASE("another loop can drive a reactor by poll_once and its descriptor, deadlines included") {
        Reactor reactor;
        bool called = false;
        reactor.call_later(2ms, [&] { called = true; });
        int polls = 0;
        while (!called && polls < 1000) {
            bool more = reactor.poll_once();
            if (called || more) continue;
            pollfd waiting{reactor.descriptor(), POLLIN, 0};
            REQUIRE(::poll(&waiting, 1, 10'000) == 1);
            ++polls;
        }
        CHECK(called);
        CHECK(polls < 20);
    }
}
