#pragma once

#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/host.hpp>
#include <corduroy/testing/sim_kernel.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

namespace corduroy::sim {

class HostPrograms;

// What a simulated program can see of the simulation.
class World {
public:
    World(Reactor& reactor, SimKernel& kernel);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    Reactor& reactor() noexcept { return reactor_; }
    SimKernel& kernel() noexcept { return kernel_; }

    // The virtual time that has passed since the start.
    Duration elapsed() const noexcept { return kernel_.now() - SimKernel::start; }

    // Has a signal come to the program, see SignalReceiver. False where no receiver is for it.
    bool raise(int number) { return kernel_.raise(number); }

    // Has the step that runs now take so much virtual time, in which nothing else goes on.
    void spend(Duration time) noexcept { kernel_.spend(time); }

    // The host of that name on the simulated network, made where there is none yet. The program under test runs on
    // "localhost". Names that no host has do not exist.
    Host& host(std::string_view name);
    // What runs on the hosts; for Host.
    HostPrograms& programs() noexcept { return *programs_; }

    // The hash of all that has happened so far, see SimKernel::log_hash.
    std::uint64_t log_hash() const noexcept { return kernel_.log_hash(); }

private:
    Reactor& reactor_;
    SimKernel& kernel_;
    std::unique_ptr<HostPrograms> programs_;
    std::map<unsigned, std::unique_ptr<Host>> hosts_;
};

} // namespace corduroy::sim
