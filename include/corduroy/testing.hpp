#pragma once

// The simulated kernel, for tests in virtual time, one that has operations fail, connections in memory, a stub HTTP
// server, and tapes of exchanges: the whole testing wing.

#include <corduroy/testing/explore.hpp>
#include <corduroy/testing/fault.hpp>
#include <corduroy/testing/faulty_kernel.hpp>
#include <corduroy/testing/host.hpp>
#include <corduroy/testing/memory_stream.hpp>
#include <corduroy/testing/recorder.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/sim_kernel.hpp>
#include <corduroy/testing/simulation.hpp>
#include <corduroy/testing/stub_answer.hpp>
#include <corduroy/testing/stub_server.hpp>
#include <corduroy/testing/sweep.hpp>
#include <corduroy/testing/sweep_memory.hpp>
#include <corduroy/testing/tape.hpp>
#include <corduroy/testing/world.hpp>
