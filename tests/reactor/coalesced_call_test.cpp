#include <corduroy/reactor/coalesced_call.hpp>

#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Simulated {
    Reactor reactor{std::make_unique<sim::SimKernel>()};

    void run_a_turn() {
        reactor.call_later(0s, [this] { reactor.stop(); });
        reactor.run();
    }
};

} // namespace

TEST_SUITE("reactor") {
    TEST_CASE("however often a CoalescedCall is posted before it runs, it runs once") {
        Simulated world;
        int calls = 0;
        CoalescedCall call(world.reactor, [&] { ++calls; });
        call.post();
        call.post();
        world.run_a_turn();
        CHECK(calls == 1);
        world.run_a_turn();
        CHECK(calls == 1);
        call.post();
        world.run_a_turn();
        CHECK(calls == 2);
    }

    TEST_CASE("a CoalescedCall that is posted while it runs runs again, in the next turn") {
        Simulated world;
        std::string log;
        std::optional<CoalescedCall> call;
        call.emplace(world.reactor, [&] {
            log += 'c';
            if (log.size() > 1) return world.reactor.stop();
            call->post();
            world.reactor.call_later(0s, [&] { log += 't'; });
        });
        call->post();
        world.reactor.run();
        CHECK(log == "ctc");
    }

    TEST_CASE("a CoalescedCall destroyed while a call is on its way, or by its own function, makes none") {
        Simulated world;
        auto keeper = std::make_shared<int>(0);
        std::optional<CoalescedCall> call;
        call.emplace(world.reactor, [keeper] { ++*keeper; });
        call->post();
        call.reset();
        CHECK(keeper.use_count() == 1);
        world.run_a_turn();
        CHECK(*keeper == 0);

        call.emplace(world.reactor, [&, keeper] {
            ++*keeper;
            call->post();
            call.reset();
        });
        call->post();
        world.run_a_turn();
        CHECK(*keeper == 1);
        world.run_a_turn();
        CHECK(*keeper == 1);
        CHECK(keeper.use_count() == 1);
    }

    TEST_CASE("what a CoalescedCall throws is reported with where it was made, and it can be posted again") {
        Simulated world;
        std::string reported;
        world.reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
            reported += failure.message() + " in " + std::string(context) + "\n";
        });
        CoalescedCall call(world.reactor, [] { throw std::runtime_error("broken"); });
        call.post();
        world.run_a_turn();
        CHECK(reported.starts_with("broken in a call of the CoalescedCall made at "));
        CHECK(reported.find("coalesced_call_test.cpp:") != std::string::npos);
        std::size_t once = reported.size();
        call.post();
        world.run_a_turn();
        CHECK(reported.size() == 2 * once);
    }
}
