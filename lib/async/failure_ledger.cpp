#include <corduroy/async/failure_ledger.hpp>

#include <corduroy/async/task_promise.hpp>

namespace corduroy {

bool FailureLedger::add(const Failure& failure) {
    if (failure.cancelled()) {
        if (!cancelled_) cancelled_ = failure;
        return false;
    }
    if (failure_)
        failure_.add_suppressed(failure);
    else
        failure_ = failure;
    return true;
}

void FailureLedger::raise(const CancelScope& scope) const {
    if (cancelled_ && scope.enclosing_cancelled()) current_step.task->rethrow(cancelled_);
    if (failure_) current_step.task->rethrow(failure_);
}

void FailureLedger::raise_all(const CancelScope& scope) const {
    raise(scope);
    if (cancelled_) current_step.task->rethrow(cancelled_);
}

} // namespace corduroy
