#pragma once

#include <corduroy/testing/sweep.hpp>

// Sweeps a scenario in all four ways, and fails the test where a point did not pass. At the end of the program it is
// said how many points there were, and how many passed.
void sweep_all(const corduroy::sweep::Scenario& scenario);
