#include "sweeps/judge.hpp"

#include <corduroy/testing/sweep_memory.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

CORDUROY_SWEEP_MEMORY

namespace {

using namespace corduroy;

// All points of this program, by sweep.
class Totals {
public:
    ~Totals() {
        std::size_t points = 0;
        std::size_t passed = 0;
        for (const Total& total : totals_) {
            points += total.points;
            passed += total.passed;
            if (total.points != 0) std::printf("%-11s %zu of %zu\n", total.name, total.passed, total.points);
        }
        if (points != 0) std::printf("%-11s %zu of %zu points, of %zu scenarios\n", "all", passed, points, scenarios_);
    }

    void begin() { ++scenarios_; }
    void add(std::size_t sweep, const sweep::Report& report) {
        totals_[sweep].points += report.points;
        totals_[sweep].passed += report.points - report.convictions.size();
    }

private:
    struct Total {
        const char* name;
        std::size_t points = 0;
        std::size_t passed = 0;
    };
    Total totals_[4] = {{"cancel"}, {"raise"}, {"allocation"}, {"fault"}};
    std::size_t scenarios_ = 0;
};

} // namespace

void sweep_all(const sweep::Scenario& scenario) {
    static Totals totals;
    totals.begin();
    sweep::Settings settings;
    if (const char* only = std::getenv("SWEEP_ONLY")) settings.only = only; // the name of a point
    std::string counts;
    for (std::size_t sweep = 0; auto* run : {sweep::cancel, sweep::raise, sweep::allocation, sweep::fault}) {
        sweep::Report report = run(scenario, settings);
        std::string text = report.text();
        CHECK_MESSAGE(report.convictions.empty(), text); // scenarios without operations have no faults
        counts += (counts.empty() ? "" : " + ") + std::to_string(report.points);
        totals.add(sweep++, report);
    }
    MESSAGE(counts);
}
