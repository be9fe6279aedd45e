#pragma once

#include <corduroy/async/run.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>

namespace corduroy::testing {

inline std::size_t open_descriptors() {
    std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

// Runs a coroutine on the real ring and checks that it leaves no descriptor open.
template <class Body>
void run_on_ring(Body&& body) {
    std::size_t before = open_descriptors();
    run(body());
    CHECK(open_descriptors() == before);
}

// Runs the test case twice: in the simulation, which checks for what is left open by itself, and on the real ring.
template <class Body>
void on_both_kernels(Body&& body) {
    SUBCASE("simulated") { sim::run(body); }
    SUBCASE("on the ring") { run_on_ring(body); }
}

} // namespace corduroy::testing
