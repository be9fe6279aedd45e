#pragma once

#include <corduroy/async/run.hpp>
#include <corduroy/testing/simulation.hpp>

#include <type_traits>
#include <utility>

namespace corduroy::sim {

// Runs `body(world)`, or `body()`, which gives a Task, on a simulated kernel of its own, in virtual time: a plain
// function for any test framework. Gives the Task's value or throws what it threw; a program that can never go on
// throws an Error that begins with "deadlock: " and shows the tasks, and one that leaves a descriptor, a buffer or a
// scheduled call behind an Error that says so. A run that fails, and in which the seed decided anything, says on stderr
// how to replay it: CORDUROY_SIM_SEED in the environment sets the seed.
template <class Body>
auto run(Body&& body, const SimOptions& options = {}) {
    Simulation simulation(options);
    auto call = [&] {
        if constexpr (std::is_invocable_v<Body&, World&>)
            return body(simulation.world());
        else
            return body();
    };
    try {
        if constexpr (std::is_void_v<task_value_t<decltype(call())>>) {
            corduroy::run(simulation.reactor(), call());
            simulation.check_leaks();
        } else {
            auto value = corduroy::run(simulation.reactor(), call());
            simulation.check_leaks();
            return value;
        }
    } catch (...) {
        simulation.report_failure();
        throw;
    }
}

} // namespace corduroy::sim
