// How fast simulated time goes by: an hour in which 1,000 kept-alive connections bear 360,000 requests between them,
// one every ten seconds each, from HTTP client to HTTP server over a link with latency. On the clock of the wall.
//
// usage: simulation_bench [MINUTES]

#include "sim/hour.hpp"

#include "bench/measure.hpp"

#include <cstdio>
#include <cstdlib>

using namespace corduroy;

int main(int argc, char** argv) {
    traffic::HourLoad load;
    if (argc > 1) load.length = std::chrono::minutes(std::atoi(argv[1]));
    traffic::HourReport report;
    double nanoseconds = 0;
    double processor =
        bench::processor_time([&] { nanoseconds = bench::wall_time([&] { report = traffic::simulate(load); }); });
    std::printf("%zu requests over %zu connections, %.0f s of virtual time\n", report.answered, report.connections,
                std::chrono::duration<double>(report.elapsed).count());
    std::printf("%.1f s, %.1f s of processor time (bound: 20 s for the hour), %.1f us a request\n", nanoseconds * 1e-9,
                processor * 1e-9, processor * 1e-3 / static_cast<double>(report.answered));
}
