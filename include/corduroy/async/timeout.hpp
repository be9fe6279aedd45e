#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/scope_body.hpp>
#include <corduroy/async/scope_deadline.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>

#include <utility>

namespace corduroy {

namespace detail {

// A cancellation that a deadline caused, as the TimeoutError it is to the outside; other failures as they are.
Failure timed_out(const Failure& failure, Duration bound);
// The same for work in a scope that began at a time; and a cancellation by hand as CancelledError.
Failure explain_unfinished(const Failure& failure, const CancelScope& scope, TimePoint began);

template <class T, class Body>
Task<T> run_or_fail(ScopeDeadline deadline, Body body) {
    CancelScope scope;
    TimePoint began = deadline.start(scope);
    Task<T> task = make_body_task(body, scope);
    auto outcome = co_await in_scope(scope, task);
    if (!outcome) current_step.task->rethrow(explain_unfinished(outcome.failure(), scope, began));
    co_return std::move(outcome).value();
}

template <class Body>
auto fail_by(ScopeDeadline deadline, Body&& body) {
    return run_or_fail<body_value_t<Body>>(deadline, keep_body(std::forward<Body>(body)));
}

} // namespace detail

// Runs it with a deadline `bound` from when it starts. When that passes, all that it is doing is cancelled and joined,
// and a TimeoutError is thrown that names the phase which was under way. What it achieves all the same is delivered.
// What failed while it unwound rides along as `suppressed()`. A body that takes its scope can move the deadline, or
// cancel the scope, which then throws CancelledError. (Twisted's addTimeout, trio's fail_after.)
template <ScopeBody Body>
auto timeout(Duration bound, Body&& body) {
    return detail::fail_by(bound, std::forward<Body>(body));
}

// `timeout` under trio's name.
template <ScopeBody Body>
auto fail_after(Duration bound, Body&& body) {
    return detail::fail_by(bound, std::forward<Body>(body));
}

// The same with the deadline itself.
template <ScopeBody Body>
auto fail_at(TimePoint deadline, Body&& body) {
    return detail::fail_by(deadline, std::forward<Body>(body));
}

} // namespace corduroy
