#pragma once

#include "support/run_test.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

namespace corduroy::testing {

// Runs a coroutine on the real ring, in real time, and checks that it leaves no descriptor open.
template <class Body>
void run_on_ring(Body&& body) {
    std::size_t before = open_descriptors();
    run(body());
    CHECK(open_descriptors() == before);
}

// Runs the test case twice, in either run of the program: in the simulation, which checks for what is left open by
// itself, and on the real ring.
template <class Body>
void on_both_kernels(Body&& body) {
    SUBCASE("simulated") { sim::run(body); }
    SUBCASE("on the ring") { run_on_ring(body); }
}

} // namespace corduroy::testing
