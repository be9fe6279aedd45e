#pragma once

// The simulated kernel, for tests in virtual time: the whole testing wing.

#include <corduroy/testing/run.hpp>
#include <corduroy/testing/sim_kernel.hpp>
