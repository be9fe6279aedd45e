#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/scope_body.hpp>
#include <corduroy/async/task.hpp>

#include <memory>
#include <utility>

namespace corduroy {

// Stands in a scope while work runs in it, of a coroutine of ours: the scope lies within that of the coroutine then,
// wherever it was made. Throws where somebody else's work runs in it already.
class ScopeEntry {
public:
    explicit ScopeEntry(CancelScope& scope);
    ScopeEntry(const ScopeEntry&) = delete;
    ScopeEntry& operator=(const ScopeEntry&) = delete;
    ~ScopeEntry();

    // Whether a failure is this scope's own cancellation, which goes no further. What failed while the work unwound
    // does: it is thrown.
    bool catches(const Failure& failure);

private:
    CancelScope& scope_;
};

namespace detail {

template <class T, class Body>
Task<or_nothing_t<T>> run_within(CancelScope& scope, Body body) {
    ScopeEntry entry(scope);
    Task<T> task = make_body_task(body, scope);
    auto outcome = co_await in_scope(scope, task);
    if (!outcome && entry.catches(outcome.failure())) co_return or_nothing_t<T>();
    if (!outcome) current_step.task->rethrow(outcome.failure());
    if constexpr (std::is_void_v<T>)
        co_return true;
    else if constexpr (std::is_reference_v<T>)
        co_return std::addressof(outcome.value());
    else
        co_return std::move(outcome).value();
}

template <class T, class Body>
Task<or_nothing_t<T>> run_with_cancel_scope(Body body) {
    CancelScope scope;
    co_return co_await run_within<T>(scope, std::move(body));
}

} // namespace detail

// Runs the body in a scope of yours, as trio's `with scope:` does, and gives its value; nothing (false for a void body)
// where the scope was cancelled and that ended the body, which `scope.cancelled_caught()` then tells too. The
// cancellation of a scope around passes on. A destructor cannot await, so the work that a scope is for is given to it
// instead of following its declaration. The scope must outlive the await; one body at a time is run in it.
template <ScopeBody Body>
auto within(CancelScope& scope, Body&& body) {
    return detail::run_within<body_value_t<Body>>(scope, detail::keep_body(std::forward<Body>(body)));
}

// The same in a scope made for it, which the body is given: `[&](CancelScope& scope) -> Task<> {…}`.
template <ScopeBody Body>
auto with_cancel_scope(Body&& body) {
    return detail::run_with_cancel_scope<body_value_t<Body>>(detail::keep_body(std::forward<Body>(body)));
}

} // namespace corduroy
