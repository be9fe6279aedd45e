#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/scope_body.hpp>
#include <corduroy/async/scope_deadline.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/time.hpp>

#include <utility>

namespace corduroy {

namespace detail {

template <class T, class Body>
Task<or_nothing_t<T>> run_or_move_on(ScopeDeadline deadline, Body body) {
    CancelScope scope;
    deadline.start(scope);
    co_return co_await run_within<T>(scope, std::move(body));
}

template <class Body>
auto move_on_by(ScopeDeadline deadline, Body&& body) {
    return run_or_move_on<body_value_t<Body>>(deadline, keep_body(std::forward<Body>(body)));
}

} // namespace detail

// Runs it with a deadline `bound` from when it starts, and gives its value. When the deadline passes, all that it is
// doing is cancelled and joined, and there is no value: an empty optional, or false where the body gives none anyway.
// What it achieves all the same is delivered. (trio's move_on_after; `timeout` throws instead.)
template <ScopeBody Body>
auto move_on_after(Duration bound, Body&& body) {
    return detail::move_on_by(bound, std::forward<Body>(body));
}

// The same with the deadline itself.
template <ScopeBody Body>
auto move_on_at(TimePoint deadline, Body&& body) {
    return detail::move_on_by(deadline, std::forward<Body>(body));
}

} // namespace corduroy
