#pragma once

#include <chrono>

namespace corduroy {

// A span of time; nanoseconds throughout, so that `250ms` and `2s` convert without loss.
using Duration = std::chrono::nanoseconds;

// A point on the monotonic clock of a kernel: the machine's CLOCK_MONOTONIC, or a simulated kernel's virtual clock.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// The point that lies `span` after `from`; the end of all time where that would lie behind it, as it does where a
// bound of Duration::max() stands for none.
constexpr TimePoint later(TimePoint from, Duration span) noexcept {
    return span > TimePoint::max() - from ? TimePoint::max() : from + span;
}

} // namespace corduroy
