#pragma once

#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/step.hpp>

namespace corduroy::detail {

// Whether the running coroutine is that one, or one that it awaits, directly or through others: what "the same task"
// means to a Lock.
inline bool runs_under(const TaskPromiseBase& coroutine) noexcept {
    const TaskPromiseBase* at = current_step.task;
    while (at != nullptr && at != &coroutine) at = at->parent();
    return at != nullptr;
}

} // namespace corduroy::detail
