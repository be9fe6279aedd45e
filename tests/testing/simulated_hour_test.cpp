// A smaller form of tests/bench/simulation_bench.cpp, which says how fast it goes.

#include "sim/hour.hpp"

#include <doctest/doctest.h>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_CASE("connections that are kept through an hour bear all their requests, the same way each time") {
    traffic::HourLoad load{.connections = 20};
    traffic::HourReport report = traffic::simulate(load);
    CHECK(report.answered == 20 * 360);
    CHECK(report.connections == 20);
    CHECK(report.elapsed >= 1h);
    CHECK(report.elapsed < 1h + 1min);
    CHECK(traffic::simulate(load).hash == report.hash);
}
