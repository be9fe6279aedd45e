// What coroutines, groups, Deferreds and calls between threads cost, beside the peers that Debian packages where they
// are there: Boost.Asio's awaitables and KJ's promises. They take turns on the same work, so that what disturbs one
// disturbs all.
//
// usage: concurrency_bench [ROW...]     (the rows whose names begin so; all by default)

#include "bench/contestants/contestant.hpp"
#include "bench/measure.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <vector>

using bench::Contestant;

namespace {

constexpr int rounds = 9;

constexpr std::array contestants{
    &bench::corduroy,
#if BENCH_ASIO
    &bench::asio,
#endif
#if BENCH_KJ
    &bench::kj,
#endif
};

struct Row {
    std::string_view name;
    std::string_view what;
    void (*Contestant::*run)(long count);
    long count;
    bool threads = false; // the time on the wall counts, not the processor's
};

constexpr Row rows[] = {
    {"call", "create, await and return", &Contestant::call, 2'000'000},
    {"yield", "yield", &Contestant::yield, 2'000'000},
    {"spawn", "spawn and join, 1,000 at a time", &Contestant::spawn, 500'000},
    {"million", "spawn 1,000,000, then join", &Contestant::spawn_all, 1'000'000},
    {"gather", "gather of 10,000, each", &Contestant::gather, 500'000},
    {"lock", "lock handed on", &Contestant::lock, 500'000},
    {"queue", "queue of 1, put and get an item", &Contestant::queue, 500'000},
    {"step", "Deferred chain, a step", &Contestant::step, 1'000'000},
    {"inner", "a step that returns a Deferred", &Contestant::inner_step, 1'000'000},
    {"round", "round trip to another thread", &Contestant::round_trip, 20'000, true},
    {"post1", "call posted by a thread", &Contestant::post_one, 500'000, true},
    {"post4", "calls posted by 4 threads", &Contestant::post_four, 500'000, true},
};

double nanoseconds(const Row& row, const Contestant& contestant) {
    auto work = [&] { (contestant.*row.run)(row.count); };
    double took = row.threads ? bench::wall_time(work) : bench::processor_time(work);
    return took / static_cast<double>(row.count);
}

void measure(const Row& row) {
    std::array<std::vector<double>, contestants.size()> took;
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < contestants.size(); ++i)
            if (contestants[i]->*row.run != nullptr) took[i].push_back(nanoseconds(row, *contestants[i]));

    std::printf("%-32.*s", static_cast<int>(row.what.size()), row.what.data());
    for (const auto& times : took) {
        if (times.empty())
            std::printf("%12s", "-");
        else
            std::printf("%9.1f ns", bench::median(times));
    }
    std::vector<double> ratio;
    for (std::size_t round = 0; round < rounds; ++round) {
        double best = std::numeric_limits<double>::infinity();
        for (std::size_t i = 1; i < took.size(); ++i)
            if (!took[i].empty()) best = std::min(best, took[i][round]);
        ratio.push_back(took[0][round] / best);
    }
    if (double median = bench::median(ratio); median > 0) std::printf("%10.2f", median);
    std::printf("\n");
    std::fflush(stdout);
}

} // namespace

void bench::wrong(const char* what) {
    std::fprintf(stderr, "concurrency_bench: %s did not do what was measured\n", what);
    std::exit(1);
}

int main(int argc, char** argv) {
    std::printf("%-32s", "");
    for (const Contestant* contestant : contestants) std::printf("%12s", contestant->name);
    std::printf("  beside the best peer\n");
    for (const Row& row : rows) {
        bool chosen = argc == 1;
        for (int i = 1; i < argc; ++i) chosen = chosen || row.name.starts_with(argv[i]);
        if (chosen) measure(row);
    }
}
