#include <corduroy/reactor/reactor.hpp>

#include <corduroy/reactor/delayed_call_error.hpp>
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

    TEST_CASE("a call of no delay, or of less, is made in the next turn") {
        Simulated world;
        world.reactor.call_later(0s, [&] {
            world.note(0s, 'c');
            world.log += 'a';
        });
        world.note(-1s, 'b');
        world.run_for(0s);
        CHECK(world.log == "ab");
        world.run_for(0s);
        CHECK(world.log == "abc");
        CHECK(world.reactor.now() == world.start);
    }

    TEST_CASE("a call whose time lies past the end of the clock is never made, and can be cancelled") {
        Simulated world;
        DelayedCall call = world.reactor.call_later(Duration::max(), [&] { world.log += 'a'; });
        CHECK(call.time() == TimePoint::max());
        world.run_for(24h);
        call.delay(1s);
        CHECK(call.time() == TimePoint::max());
        call.reset(1h);
        call.delay(Duration::max());
        world.run_for(24h);
        CHECK(call.active());
        call.reset(Duration::max());
        world.run_for(24h);
        CHECK(world.log.empty());
        call.cancel();
    }

    TEST_CASE("a call can be cancelled, reset from now, and delayed from its time, by less than nothing too") {
        Simulated world;
        std::string& log = world.log;
        DelayedCall first = world.reactor.call_later(1s, [&] { log += 'a'; });
        DelayedCall second = world.reactor.call_later(1s, [&] { log += 'b'; });
        DelayedCall third = world.reactor.call_later(1s, [&] { log += 'c'; });
        first.cancel();
        CHECK_FALSE(first.active());
        second.reset(5s);
        CHECK(second.time() == world.start + 5s);
        third.delay(1500ms);
        third.delay(-500ms);
        CHECK(third.time() == world.start + 2s);
        world.run_for(3s);
        CHECK(log == "c");
        CHECK_FALSE(third.active());
        CHECK(third.time() == world.start + 2s);
        CHECK(second.active());
        second.reset(1s);
        world.run_for(1s);
        CHECK(log == "cb");
    }

    TEST_CASE("to cancel, reset or delay a call that was made is an AlreadyCalled, also while it is being made") {
        Simulated world;
        DelayedCall call;
        bool refused = false;
        call = world.reactor.call_later(1s, [&] {
            CHECK_FALSE(call.active());
            CHECK_THROWS_AS(call.cancel(), AlreadyCalled);
            refused = true;
        });
        world.run_for(2s);
        CHECK(refused);
        CHECK_THROWS_AS(call.cancel(), AlreadyCalled);
        CHECK_THROWS_AS(call.reset(1s), AlreadyCalled);
        CHECK_THROWS_AS(call.delay(1s), AlreadyCalled);
    }

    TEST_CASE(
        "to cancel, reset or delay a call that was cancelled is an AlreadyCancelled, which says where it was set") {
        Simulated world;
        DelayedCall call = world.reactor.call_later(1s, [] {});
        call.cancel();
        CHECK_THROWS_AS(call.reset(1s), AlreadyCancelled);
        CHECK_THROWS_AS(call.delay(1s), AlreadyCancelled);
        std::string message;
        try {
            call.cancel();
        } catch (const AlreadyCancelled& error) {
            message = error.what();
        }
        CHECK(message.starts_with("cancel of a delayed call failed: it was cancelled already; it was scheduled at "));
        CHECK(message.find("reactor_test.cpp:") != std::string::npos);
        DelayedCall none;
        CHECK_FALSE(none.active());
        CHECK_THROWS_AS(none.cancel(), AlreadyCancelled);
    }

    TEST_CASE("delayed_calls gives those still to come, in the order in which they are due, and where they were set") {
        Simulated world;
        world.note(3s, 'c');
        world.note(1s, 'a');
        DelayedCall second = world.reactor.call_later(2s, [] {});
        world.note(2s, 'b');
        second.cancel();
        auto calls = world.reactor.delayed_calls();
        REQUIRE(calls.size() == 3);
        CHECK(calls[0].time() == world.start + 1s);
        CHECK(calls[1].time() == world.start + 2s);
        CHECK(calls[2].time() == world.start + 3s);
        CHECK(std::string(calls[0].site().file_name()).ends_with("reactor_test.cpp"));
        calls[2].cancel();
        world.run_for(4s);
        CHECK(world.log == "ab");
        CHECK_FALSE(calls[0].active());
        CHECK(world.reactor.delayed_calls().empty());
    }

    TEST_CASE("call_when_running calls at once where the reactor runs, and otherwise first of all when it does") {
        Simulated world;
        world.note(0s, 'c');
        world.reactor.call_when_running([&] {
            CHECK(world.reactor.running());
            world.log += 'a';
            world.reactor.call_when_running([&] { world.log += 'b'; });
        });
        CHECK(world.log.empty());
        CHECK_FALSE(world.reactor.running());
        world.run_for(0s);
        CHECK(world.log == "abc");
        world.run_for(0s);
        CHECK(world.log == "abc");
    }

    TEST_CASE("what a function left by call_when_running throws is reported, and the others are called") {
        Simulated world;
        std::string reported;
        world.reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            reported += failure.message() + " in " + std::string(context);
        });
        world.reactor.call_when_running([] { throw std::runtime_error("broken"); });
        world.reactor.call_when_running([&] { world.log += 'b'; });
        world.run_for(0s);
        CHECK(reported == "broken in a call left by call_when_running");
        CHECK(world.log == "b");
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
        CHECK(reported.starts_with("broken in a call scheduled by call_later at "));
        CHECK(reported.find("reactor_test.cpp:") != std::string::npos);
        CHECK(world.log == "x");
    }

    TEST_CASE("a reactor can be stopped and run again, and to stop one that does not run does nothing") {
        Simulated world;
        world.run_for(1s);
        world.reactor.stop();
        world.run_for(1s);
        CHECK(world.reactor.now() == world.start + 2s);
    }

    TEST_CASE("what is posted by call_from_thread runs in the order of posting, and what that posts in the next turn") {
        Simulated world;
        world.reactor.call_from_thread([&] {
            world.log += 'a';
            world.reactor.call_from_thread([&] {
                world.log += 'd';
                world.reactor.stop();
            });
            world.note(0s, 'c');
        });
        world.reactor.call_from_thread([&] { world.log += 'b'; });
        world.reactor.run();
        CHECK(world.log == "abcd");
    }

    TEST_CASE("what a posted call throws is reported with where it was posted, and the others are called") {
        Simulated world;
        std::string reported;
        world.reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            reported += failure.message() + " in " + std::string(context);
        });
        world.reactor.call_from_thread([] { throw std::runtime_error("broken"); });
        world.reactor.call_from_thread([&] { world.reactor.stop(); });
        world.reactor.run();
        CHECK(reported.starts_with("broken in a call posted by call_from_thread at "));
        CHECK(reported.find("reactor_test.cpp:") != std::string::npos);
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
