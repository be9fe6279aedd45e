#pragma once

#include "http/lease_holder.hpp"

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/error.hpp>

#include <string_view>

namespace corduroy::http {

// Where a request stands, and until when it may stand there: a scope whose deadline moves on from phase to phase. What
// fails in it is told with method, URL and phase.
class PhaseClock final : public LeaseHolder {
public:
    // Both must stay where they are as long as the clock runs.
    PhaseClock(std::string_view method, std::string_view url) noexcept : method_(method), url_(url) {}

    CancelScope& scope() noexcept { return scope_; }

    // The request enters a phase, or has made progress in it: from now it has `bound`.
    void enter(Phase phase, Duration bound);
    // The same with a deadline given, of which TimePoint::max() is none; `bound` is what it came from.
    void enter_until(Phase phase, TimePoint deadline, Duration bound);
    // The request passes through a phase in which it waits for nothing.
    void pass(Phase phase) noexcept { phase_ = phase; }
    // The request waits for others, without a bound of its own.
    void pause() { scope_.set_deadline(std::nullopt); }

    // The request, and where it stands.
    std::string describe() const override;

    // Throws a failure that happened in the scope as what it is to the outside: an http::Error with URL and phase, a
    // TimeoutError where the phase's bound has passed, or `Cancelled` with the phase noted.
    [[noreturn]] void raise(const Failure& failure) const;

private:
    ErrorContext context(const Failure& failure) const noexcept;

    std::string_view method_;
    std::string_view url_;
    Phase phase_ = Phase::pool;
    Duration bound_{};
    CancelScope scope_;
};

} // namespace corduroy::http
