#pragma once

// The simulated kernel, for tests in virtual time, and connections in memory: the whole testing wing.

#include <corduroy/testing/memory_stream.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/sim_kernel.hpp>
