#pragma once

#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/sim_kernel.hpp>
#include <corduroy/testing/world.hpp>

#include <cstdint>
#include <memory>

namespace corduroy::sim {

// What `run` and `explore` are made of: a simulated kernel, a reactor on it, and the World that the program sees.
class Simulation {
public:
    explicit Simulation(const SimOptions& options);

    Reactor& reactor() noexcept { return reactor_; }
    World& world() noexcept { return world_; }
    std::uint64_t log_hash() const noexcept { return kernel_.log_hash(); }

    // Throws an Error that names what a program which has ended left behind: descriptors, provided buffers, calls that
    // call_later has scheduled, timers of whatever kind, tasks.
    void check_leaks();

    // Writes to stderr how to replay this run, and its log where that was kept; says nothing where the options leave
    // nothing to a seed, so that the test alone replays it.
    void report_failure() const noexcept;

private:
    SimOptions options_;
    SimKernel& kernel_;
    Reactor reactor_;
    World world_;
};

// The options as the environment changes them: CORDUROY_SIM_SEED=N is the seed, CORDUROY_SIM_LOG=1 keeps the log and
// has a failing run print it. Throws Error where the seed is no number.
SimOptions options_from_environment(SimOptions options);

} // namespace corduroy::sim
