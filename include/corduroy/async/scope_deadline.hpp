#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/time.hpp>

#include <optional>

namespace corduroy {

// A deadline for a scope that has yet to be made: a time, or a bound from when the work starts. A bound that reaches
// past the end of the clock is none.
class ScopeDeadline {
public:
    ScopeDeadline(TimePoint deadline) noexcept : deadline_(deadline) {}
    ScopeDeadline(Duration bound) noexcept : bound_(bound) {}

    // Gives the scope its deadline; what it returns is the time now.
    TimePoint start(CancelScope& scope) const;

private:
    std::optional<TimePoint> deadline_;
    Duration bound_{};
};

} // namespace corduroy
