#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>

namespace corduroy {

namespace detail {

// Awaits a Task in a scope given, and gives what it ended with, cancellation included, as a Result: for combinators,
// which judge it. Where the awaiting coroutine's own scope is cancelled the child starts all the same, and learns of it
// by its first await.
template <class T>
class InScope {
public:
    InScope(CancelScope& scope, Task<T>& task) noexcept : scope(scope), task(task) {}

    CancelScope& scope;
    Task<T>& task;
};

template <class T>
InScope<T> in_scope(CancelScope& scope, Task<T>& task) noexcept {
    return {scope, task};
}

template <class T>
class InScopeAwaiter {
public:
    explicit InScopeAwaiter(InScope<T> in_scope) noexcept : child_(in_scope.task.promise()), scope_(in_scope.scope) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
        return child_.start_under(handle.promise(), scope_);
    }
    Result<T> await_resume() const { return take_result(child_); }

private:
    TaskPromise<T>& child_;
    CancelScope& scope_;
};

template <class T>
InScopeAwaiter<T> make_awaiter(TaskPromiseBase&, InScope<T>&& in_scope) noexcept {
    return InScopeAwaiter<T>(in_scope);
}

} // namespace detail

} // namespace corduroy
