#include <corduroy/async/clean_up.hpp>

#include <corduroy/async/scope_deadline.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include <exception>
#include <string>

namespace corduroy {

namespace {

std::string phase_of(const Failure& cancellation) {
    try {
        cancellation.rethrow();
    } catch (const Cancelled& cancelled) {
        return cancelled.phase();
    }
}

} // namespace

CleanUp::CleanUp(Duration bound) : began_(ScopeDeadline(bound).start(scope_)) {}

void CleanUp::add_failure(Failure& failures, const Failure& clean_up) const {
    Failure failure = clean_up;
    if (failure.cancelled() && scope_.deadline_passed()) {
        std::string phase = phase_of(failure);
        TimeoutError error(phase.empty() ? "the clean-up" : phase, time_between(began_, *scope_.deadline()));
        failure = failure.retold(std::make_exception_ptr(error));
    }
    if (failures)
        failures.add_suppressed(failure);
    else
        failures = failure;
}

} // namespace corduroy
