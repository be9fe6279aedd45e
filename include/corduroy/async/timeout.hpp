#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy {

namespace detail {

// A cancellation that a deadline caused, as the TimeoutError it is to the outside; other failures as they are.
Failure timed_out(const Failure& failure, Duration bound);

template <class T>
Task<T> run_within(Duration bound, Task<T> task) {
    CancelScope scope;
    scope.set_deadline(Reactor::current().now() + bound);
    auto outcome = co_await in_scope(scope, task);
    if (!outcome && !scope.enclosing_cancelled() && scope.deadline_passed())
        current_step.task->rethrow(timed_out(outcome.failure(), bound));
    if (!outcome) current_step.task->rethrow(outcome.failure());
    co_return std::move(outcome).value();
}

} // namespace detail

// Runs it with a deadline `bound` from when it starts. When that passes, all that it is doing is cancelled and joined,
// and a TimeoutError is thrown that names the phase which was under way. What it achieves all the same is delivered.
// (Twisted's addTimeout, trio's fail_after.)
template <IntoTask Awaitable>
auto timeout(Duration bound, Awaitable&& awaitable) {
    return detail::run_within(bound, to_task(std::forward<Awaitable>(awaitable)));
}

} // namespace corduroy
