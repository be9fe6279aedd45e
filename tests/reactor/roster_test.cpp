#include <corduroy/reactor/roster.hpp>

#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace corduroy;

namespace {

std::vector<const Reactor*> roster() {
    std::vector<const Reactor*> reactors;
    REQUIRE(RosterEntry::try_visit([&](RosterEntry& entry) { reactors.push_back(&entry.reactor()); }));
    std::reverse(reactors.begin(), reactors.end());
    return reactors;
}

int looks;
void count_look(Reactor& reactor) noexcept {
    if (Reactor::current_or_null() == &reactor) ++looks;
}

} // namespace

TEST_CASE("a reactor is in the roster from when it is made until it is destroyed, with its thread") {
    CHECK(roster().empty());
    std::optional<Reactor> a(std::in_place, std::make_unique<sim::SimKernel>());
    Reactor b(std::make_unique<sim::SimKernel>());
    {
        Reactor c(std::make_unique<sim::SimKernel>());
        CHECK(roster() == std::vector<const Reactor*>{&*a, &b, &c});
        CHECK(c.roster_entry().thread() == gettid());
    }
    const Reactor* gone = &*a;
    a.reset();
    CHECK(roster() == std::vector<const Reactor*>{&b});
    CHECK(gone != &b);
}

TEST_CASE("the roster is not to be had while it is visited, as by a signal handler that interrupts a visit") {
    Reactor reactor(std::make_unique<sim::SimKernel>());
    bool inside = true;
    RosterEntry::try_visit([&](RosterEntry&) { inside = RosterEntry::try_visit([](RosterEntry&) {}); });
    CHECK_FALSE(inside);
    CHECK(RosterEntry::try_visit([](RosterEntry&) {}));
}

TEST_CASE("a reactor that is asked to look does so in its next turn, once however often it was asked") {
    looks = 0;
    Reactor reactor(std::make_unique<sim::SimKernel>());
    std::thread([&] { reactor.roster_entry().ask(&count_look); }).join();
    reactor.roster_entry().ask(&count_look);
    CHECK(looks == 0);
    reactor.poll_once();
    CHECK(looks == 1);
    reactor.poll_once();
    CHECK(looks == 1);
    reactor.roster_entry().ask(&count_look);
    reactor.poll_once();
    CHECK(looks == 2);
}
