// Plays traffic.hpp's scenario: ./dev sim, and the test `sim`.

#include "sim/seeds.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>

using namespace corduroy;

namespace {

constexpr const char* usage = R"(usage: sim [OPTIONS]

Plays clients that ask a server over a network where much goes wrong, once for each seed, in virtual time, and sees that
each request is answered at most once, that bytes arrive as they were sent, and that nothing is left open.

  --seeds N       so many seeds, one after another (1000)
  --first N       from this one on (0)
  --jobs N        by so many processes (one for each processor)
  --clients N     in each run (100)
  --requests N    of each client (20)
  --seed N        this seed alone; prints the hash of its event log, and what became of the requests
  --log           with --seed: prints the event log too
)";

struct Options {
    traffic::Plan plan;
    std::optional<std::uint64_t> seed;
    bool log = false;
};

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    std::fprintf(stderr, "sim: %.*s %.*s\n%s", static_cast<int>(what.size()), what.data(), static_cast<int>(why.size()),
                 why.data(), usage);
    std::exit(2);
}

std::uint64_t number(std::string_view option, const char* text, std::uint64_t least) {
    std::string_view digits = text != nullptr ? text : "";
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < least)
        refuse(option, least == 0 ? "takes a number" : "takes a number from 1 on");
    return value;
}

Options parse(int argc, char** argv) {
    Options options;
    options.plan.jobs = std::max(1u, std::thread::hardware_concurrency());
    for (int i = 1; i < argc; ++i) {
        std::string_view option = argv[i];
        auto value = [&](std::uint64_t least) {
            ++i;
            return number(option, i < argc ? argv[i] : nullptr, least);
        };
        if (option == "--seeds")
            options.plan.count = value(1);
        else if (option == "--first")
            options.plan.first = value(0);
        else if (option == "--jobs")
            options.plan.jobs = static_cast<unsigned>(value(1));
        else if (option == "--clients")
            options.plan.load.clients = value(1);
        else if (option == "--requests")
            options.plan.load.requests = value(1);
        else if (option == "--seed")
            options.seed = value(0);
        else if (option == "--log")
            options.log = true;
        else if (option == "--help" || option == "-h") {
            std::fputs(usage, stdout);
            std::exit(0);
        } else {
            refuse(option, "is no option");
        }
    }
    if (options.log && !options.seed) refuse("--log", "goes with --seed");
    return options;
}

unsigned long long plain(std::uint64_t value) { return value; }

void print(const traffic::Figures& figures) {
    std::printf("%llu requests: %llu answered, %llu failed; %llu deliveries, %llu requests delivered twice\n",
                plain(figures.requests), plain(figures.answered), plain(figures.failed), plain(figures.deliveries),
                plain(figures.repeated));
}

int replay(std::uint64_t seed, const traffic::Load& load, bool log) {
    traffic::Outcome outcome = traffic::play(seed, load, log);
    std::fwrite(outcome.log.data(), 1, outcome.log.size(), stdout);
    std::printf("seed %llu: log hash %016llx, %.3f s of virtual time\n", plain(seed), plain(outcome.log_hash),
                std::chrono::duration<double>(outcome.elapsed).count());
    print(outcome.figures);
    for (const auto& [reason, count] : outcome.failures) std::printf("%8zu  %s\n", count, reason.c_str());
    if (!outcome.failure) return 0;
    std::printf("FAILED: %s\n", outcome.failure.traceback().c_str());
    return 1;
}

int play_all(const traffic::Plan& plan) {
    auto from = std::chrono::steady_clock::now();
    traffic::Tally tally = traffic::play_seeds(plan);
    double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    print(tally.figures);
    std::printf("%llu of %llu seeds from %llu passed, %llu of them played twice; hash %016llx\n",
                plain(tally.played - tally.failed), plain(plan.count), plain(plan.first), plain(tally.replayed),
                plain(tally.hash));
    std::printf("%.1f s by %u processes, %.1f s of processor time, for %.1f hours of virtual time\n", took, plan.jobs,
                tally.processor_seconds, tally.virtual_seconds / 3600);
    return tally.failed == 0 && tally.played == plan.count ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) try {
    Options options = parse(argc, argv);
    return options.seed ? replay(*options.seed, options.plan.load, options.log) : play_all(options.plan);
} catch (const std::exception& error) {
    std::fprintf(stderr, "sim: %s\n", error.what());
    return 1;
}
