#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <vector>

namespace bench {

// How long `run` takes, in nanoseconds by the clock on the wall.
template <class F>
double wall_time(F run) {
    auto from = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - from;
    return took.count();
}

// What `run` costs the processor, in nanoseconds: others may be at work on this machine.
template <class F>
double processor_time(F run) {
    std::clock_t from = std::clock();
    run();
    return static_cast<double>(std::clock() - from) * (1e9 / CLOCKS_PER_SEC);
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace bench
