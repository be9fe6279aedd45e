#include <corduroy/async/deferred/deferred_task.hpp>

#include "async/deferred/deferred_cancelled.hpp"

namespace corduroy::detail {

TaskGroup& ambient_group() {
    CancelScope* scope = CancelScope::current();
    if (scope == nullptr || scope->group() == nullptr)
        throw Error("a Task can be made a Deferred only inside run or react, which join it in the end");
    return *scope->group();
}

Failure explain_task_failure(const Failure& failure, const CancelScope& scope, const std::source_location& created) {
    if (!failure.cancelled() || scope.enclosing_cancelled()) return failure;
    return as_deferred_failure(failure, created);
}

} // namespace corduroy::detail
