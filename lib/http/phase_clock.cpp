#include "http/phase_clock.hpp"

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy::http {

namespace {

// The cancellation itself; its phase is what a lower floor was doing, "connect to 10.0.0.1:80", or nothing.
Cancelled cancellation_of(const Failure& failure) {
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        return cancelled;
    }
}

} // namespace

void PhaseClock::enter(Phase phase, Duration bound) {
    enter_until(phase, later(Reactor::current().now(), bound), bound);
}

void PhaseClock::enter_until(Phase phase, TimePoint deadline, Duration bound) {
    phase_ = phase;
    bound_ = bound;
    scope_.set_deadline(deadline);
}

ErrorContext PhaseClock::context(const Failure& failure) const noexcept {
    // Name, connection and TLS are one phase to the clock; the error tells which of them it was.
    Phase phase = phase_;
    if (failure.check<ResolveError>()) phase = Phase::name;
    if (failure.check<TlsError>() && phase == Phase::connect) phase = Phase::tls;
    return {.method = method_, .url = url_, .phase = phase};
}

std::string PhaseClock::describe() const {
    return std::string(method_) + " " + std::string(url_) + " (" + std::string(doing(phase_)) + ")";
}

void PhaseClock::raise(const Failure& failure) const {
    std::exception_ptr told;
    if (!failure.cancelled()) {
        told = in_context(failure.exception(), context(failure));
    } else {
        Cancelled inner = cancellation_of(failure);
        if (scope_.deadline_passed() && !scope_.enclosing_cancelled()) {
            told = in_context(std::make_exception_ptr(TimeoutError(inner.phase(), bound_)), context(failure));
        } else {
            // Whoever cancelled it from outside, a deadline perhaps, learns which request it was.
            Cancelled cancelled(inner.reason());
            cancelled.during(describe() + (inner.phase().empty() ? "" : ": " + inner.phase()));
            told = std::make_exception_ptr(std::move(cancelled));
        }
    }
    current_step.task->rethrow(failure.retold(std::move(told)));
}

} // namespace corduroy::http
