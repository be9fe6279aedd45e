#pragma once

// What most tests include, which Clang reads once for all sources of a program. They name what they use all the same:
// GCC, which gains nothing by this, builds them without.

#include "support/run_test.hpp"

#include <corduroy/corduroy.hpp>
#include <corduroy/testing.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <thread>
