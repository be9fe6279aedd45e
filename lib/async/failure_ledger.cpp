#include <corduroy/async/failure_ledger.hpp>

#include <corduroy/async/task_promise.hpp>

namespace corduroy {

bool FailureLedger::add(const Failure& failure) {
    if (!failure.cancelled()) {
        note(failure);
        return true;
    }
    if (!cancelled_) cancelled_ = failure.alone();
    for (const Failure& other : failure.suppressed()) note(other);
    return false;
}

void FailureLedger::note(const Failure& failure) {
    if (failure_)
        failure_.add_suppressed(failure);
    else
        failure_ = failure;
}

void FailureLedger::raise(const CancelScope& scope) const {
    if (cancelled_ && (scope.enclosing_cancelled() || !scope.cancelled())) {
        Failure cancelled = cancelled_;
        cancelled.add_suppressed(failure_);
        current_step.task->rethrow(cancelled);
    }
    if (failure_) current_step.task->rethrow(failure_);
}

void FailureLedger::raise_all(const CancelScope& scope) const {
    raise(scope);
    if (cancelled_) current_step.task->rethrow(cancelled_);
}

} // namespace corduroy
