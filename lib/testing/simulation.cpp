#include <corduroy/testing/simulation.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>

#include "testing/host_programs.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace corduroy::sim {

namespace {

// Whether the seed decides anything but the random bytes that the program asks for.
bool left_to_seed(const SimOptions& options) {
    const Edges& edges = options.edges;
    return options.seed != 0 || options.shuffle_completions || edges.short_transfers > 0 || edges.no_buffers > 0 ||
           edges.multishot_ends > 0 || edges.late_cancels > 0 || edges.idle_returns > 0;
}

} // namespace

Simulation::Simulation(const SimOptions& options)
    : options_(options_from_environment(options)), kernel_(*new SimKernel(options_)),
      reactor_(std::unique_ptr<kernel::Kernel>(&kernel_)), world_(reactor_, kernel_) {}

void Simulation::check_leaks() {
    if (Failure failure = world_.programs().failure()) failure.rethrow();
    if (std::size_t count = kernel_.open_descriptors())
        throw Error("the program left descriptors open: " + std::to_string(count));
    if (std::size_t count = kernel_.buffers_out())
        throw Error("the program kept provided buffers: " + std::to_string(count));
    auto calls = reactor_.delayed_calls();
    if (!calls.empty())
        throw Error("the program left calls scheduled: " + std::to_string(calls.size()) +
                    ", the first by call_later at " + site_text(calls.front().site()));
    ReactorStats stats = reactor_.stats();
    if (stats.timers != 0) throw Error("the program left timers set: " + std::to_string(stats.timers));
    if (stats.tasks != 0) throw Error("the program left tasks running: " + std::to_string(stats.tasks));
}

void Simulation::report_failure() const noexcept {
    if (left_to_seed(options_)) {
        auto seed = static_cast<unsigned long long>(options_.seed);
        std::fprintf(stderr, "sim::run failed with seed %llu, log hash %016llx; CORDUROY_SIM_SEED=%llu replays it\n",
                     seed, static_cast<unsigned long long>(kernel_.log_hash()), seed);
    }
    if (options_.keep_log) std::fwrite(kernel_.log_text().data(), 1, kernel_.log_text().size(), stderr);
}

SimOptions options_from_environment(SimOptions options) {
    if (const char* text = std::getenv("CORDUROY_SIM_SEED"); text != nullptr && *text != 0) {
        std::string_view digits(text);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), options.seed);
        if (error != std::errc() || end != digits.data() + digits.size())
            throw Error("CORDUROY_SIM_SEED=" + std::string(digits) + " is no seed: it has to be a number below 2^64");
    }
    if (const char* text = std::getenv("CORDUROY_SIM_LOG"); text != nullptr && *text != 0) options.keep_log = true;
    return options;
}

} // namespace corduroy::sim
