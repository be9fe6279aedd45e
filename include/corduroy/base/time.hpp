#pragma once

#include <chrono>

namespace corduroy {

// A span of time; nanoseconds throughout, so that `250ms` and `2s` convert without loss.
using Duration = std::chrono::nanoseconds;

// A point on the monotonic clock of a kernel: the machine's CLOCK_MONOTONIC, or a simulated kernel's virtual clock.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

} // namespace corduroy
