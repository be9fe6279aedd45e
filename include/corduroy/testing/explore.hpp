#pragma once

#include <corduroy/async/run.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/testing/sim_kernel.hpp>
#include <corduroy/testing/world.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy::sim {

// One run that failed: with which seed, how, and the hash of its log, which a replay has to come to again.
struct Finding {
    std::uint64_t seed = 0;
    Failure failure;
    std::uint64_t log_hash = 0;
};

// What of the options a seed decides: with these, everything that it can.
SimOptions every_edge(SimOptions options = {});

namespace detail {
using SimBody = UniqueFunction<Task<>(World&)>;
std::optional<Finding> find_failure(std::uint64_t count, SimBody body, const SimOptions& options);
void explore(std::uint64_t count, SimBody body, const SimOptions& options);

template <class Body>
SimBody sim_body(Body& body) {
    if constexpr (std::is_invocable_v<Body&, World&>)
        return [&body](World& world) -> Task<> { return body(world); };
    else
        return [&body](World&) -> Task<> { return body(); };
}
} // namespace detail

// Runs the body, as `run` does, with `count` seeds in a row, the first of which is the options' own, and gives the
// first run that failed, if any. The body is called once for each seed and so makes anew all that a run changes.
template <class Body>
std::optional<Finding> find_failure(std::uint64_t count, Body&& body, const SimOptions& options = every_edge()) {
    return detail::find_failure(count, detail::sim_body(body), options);
}

// The same for a test that is to pass: the first failing run's exception is thrown, its seed printed to stderr. With
// CORDUROY_SIM_SEED in the environment it is that seed alone which runs.
template <class Body>
void explore(std::uint64_t count, Body&& body, const SimOptions& options = every_edge()) {
    detail::explore(count, detail::sim_body(body), options);
}

} // namespace corduroy::sim
