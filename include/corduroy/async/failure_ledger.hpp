#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/failure.hpp>

namespace corduroy {

// Gathers how Tasks that ran side by side failed: the first real failure carries the later ones as `suppressed()`, and
// cancellations are kept apart. What failed while a cancelled Task unwound, and rode on its cancellation, is a failure
// like any other.
class FailureLedger {
public:
    // Notes a failure; false where it is a cancellation.
    bool add(const Failure& failure);

    const Failure& first() const noexcept { return failure_; }
    bool any_cancelled() const noexcept { return static_cast<bool>(cancelled_); }

    // Throws what was noted, in the coroutine that runs now: the cancellation where it came from a scope around
    // `scope`, with the failures riding along, or else the first failure. A cancellation of `scope` itself alone is not
    // thrown.
    void raise(const CancelScope& scope) const;
    // The same, but a cancellation is thrown whatever caused it.
    void raise_all(const CancelScope& scope) const;

private:
    void note(const Failure& failure);

    Failure failure_;
    Failure cancelled_;
};

} // namespace corduroy
