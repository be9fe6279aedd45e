#include "http/phase_clock.hpp"

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy::http {

namespace {

// What a lower floor was doing when it was cancelled: "connect to 10.0.0.1:80", or nothing.
std::string phase_of_cancelled(const Failure& failure) {
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        return cancelled.phase();
    }
}

} // namespace

void PhaseClock::enter(Phase phase, Duration bound) { enter_until(phase, Reactor::current().now() + bound, bound); }

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

void PhaseClock::raise(const Failure& failure) const {
    Failure told = failure;
    if (!failure.cancelled()) {
        told = Failure(in_context(failure.exception(), context(failure)));
    } else {
        std::string lower = phase_of_cancelled(failure);
        if (scope_.deadline_passed() && !scope_.enclosing_cancelled()) {
            told = Failure(in_context(std::make_exception_ptr(TimeoutError(lower, bound_)), context(failure)));
        } else {
            // Whoever cancelled it from outside, a deadline perhaps, learns which request it was.
            Cancelled cancelled;
            cancelled.during(method_ + " " + url_ + " (" + std::string(doing(phase_)) + ")" +
                             (lower.empty() ? "" : ": " + lower));
            told = Failure(std::make_exception_ptr(cancelled));
        }
    }
    for (const auto& site : failure.sites()) told.add_site(site);
    current_step.task->rethrow(told);
}

} // namespace corduroy::http
