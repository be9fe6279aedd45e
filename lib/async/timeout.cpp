#include <corduroy/async/timeout.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy::detail {

Failure timed_out(const Failure& failure, Duration bound) {
    std::string phase;
    try {
        failure.rethrow();
    } catch (const Cancelled& cancelled) {
        phase = cancelled.phase();
    } catch (...) {
        return failure;
    }
    return failure.retold(std::make_exception_ptr(TimeoutError(phase, bound)));
}

Failure explain_unfinished(const Failure& failure, const CancelScope& scope, TimePoint began) {
    if (!failure.cancelled() || !scope.cancel_called() || scope.enclosing_cancelled()) return failure;
    if (scope.deadline_passed()) return timed_out(failure, time_between(began, *scope.deadline()));
    return failure.retold(std::make_exception_ptr(CancelledError(failure.message())));
}

} // namespace corduroy::detail
