#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>

namespace corduroy {

// How long an awaited clean-up may take, unless it is told otherwise.
inline constexpr Duration default_clean_up_bound = std::chrono::seconds(10);

// The scope that a clean-up runs in, from when this is made: no cancellation from around reaches it, which may be what
// makes the clean-up necessary, and it is cancelled itself when its bound has passed, lest a program that ends hang.
class CleanUp {
public:
    explicit CleanUp(Duration bound);

    CancelScope& scope() noexcept { return scope_; }

    // Adds how the clean-up failed, if it did, to how what it cleans up after failed: the first failure carries the
    // later ones as `suppressed()`. That the bound has passed is a TimeoutError.
    void add_failure(Failure& failures, const Failure& clean_up) const;

private:
    CancelScope scope_{CancelScope::Shield::yes};
    TimePoint began_;
};

} // namespace corduroy
