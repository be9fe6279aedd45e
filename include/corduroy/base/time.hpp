#pragma once

#include <chrono>

namespace corduroy {

// A span of time; nanoseconds throughout, so that `250ms` and `2s` convert without loss.
using Duration = std::chrono::nanoseconds;

// A point on the monotonic clock of a kernel: the machine's CLOCK_MONOTONIC, or a simulated kernel's virtual clock.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// The point that lies `span` after `from`; the end of all time where that would lie behind it, as it does where a
// bound of Duration::max() stands for none, or its beginning.
constexpr TimePoint later(TimePoint from, Duration span) noexcept {
    Duration::rep sum = 0;
    if (__builtin_add_overflow(from.time_since_epoch().count(), span.count(), &sum))
        return span < Duration::zero() ? TimePoint::min() : TimePoint::max();
    return TimePoint(Duration(sum));
}

// How long it is from the one to the other; the longest span there is, of either sign, where it is longer than that.
constexpr Duration time_between(TimePoint from, TimePoint to) noexcept {
    Duration::rep difference = 0;
    if (__builtin_sub_overflow(to.time_since_epoch().count(), from.time_since_epoch().count(), &difference))
        return to < from ? Duration::min() : Duration::max();
    return Duration(difference);
}

} // namespace corduroy
