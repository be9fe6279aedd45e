#include <corduroy/testing/explore.hpp>

#include <corduroy/testing/simulation.hpp>

#include <cstdlib>

namespace corduroy::sim {

namespace {

// Runs one seed; empty where it passed.
std::optional<Finding> run_seed(detail::SimBody& body, const SimOptions& options, bool report) {
    Simulation simulation(options);
    try {
        corduroy::run(simulation.reactor(), body(simulation.world()));
        simulation.check_leaks();
        return std::nullopt;
    } catch (...) {
        Failure failure = Failure::current();
        if (report) simulation.report_failure();
        return Finding{options.seed, std::move(failure), simulation.log_hash()};
    }
}

std::optional<Finding> search(std::uint64_t count, detail::SimBody& body, SimOptions options, bool report) {
    const char* given = std::getenv("CORDUROY_SIM_SEED");
    if (given != nullptr && *given != 0) {
        options = options_from_environment(options);
        count = 1;
    }
    for (; count > 0; --count, ++options.seed)
        if (auto finding = run_seed(body, options, report)) return finding;
    return std::nullopt;
}

} // namespace

SimOptions every_edge(SimOptions options) {
    options.shuffle_completions = true;
    options.edges = Edges::all();
    options.turn_cost = std::chrono::microseconds(1);
    return options;
}

std::optional<Finding> detail::find_failure(std::uint64_t count, SimBody body, const SimOptions& options) {
    return search(count, body, options, false);
}

void detail::explore(std::uint64_t count, SimBody body, const SimOptions& options) {
    if (auto finding = search(count, body, options, true)) finding->failure.rethrow();
}

} // namespace corduroy::sim
