#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/scope_body.hpp>
#include <corduroy/async/task.hpp>

#include <utility>

namespace corduroy {

template <class T>
class Shielded;

namespace detail {
template <class T>
Task<T> run_shielded(Shielded<T> shielded);
}

// What `shield` gives; await it, or hand it to a combinator.
template <class T>
class [[nodiscard("co_await it")]] Shielded {
public:
    explicit Shielded(Task<T> task) noexcept : task_(std::move(task)) {}

    Task<T>& task() noexcept { return task_; }

    Task<T> into_task() && { return detail::run_shielded(std::move(*this)); }

private:
    Task<T> task_;
};

template <class T>
class ShieldAwaiter {
public:
    ShieldAwaiter(TaskPromiseBase& parent, Task<T>& child) noexcept
        : scope_(&parent.scope(), CancelScope::Shield::yes), child_(child.promise()) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        return child_.start_under(handle.promise(), scope_);
    }
    T await_resume() const { return TaskAwaiter<T>::take(child_); }

private:
    CancelScope scope_;
    TaskPromise<T>& child_;
};

template <class T>
ShieldAwaiter<T> make_awaiter(TaskPromiseBase& promise, Shielded<T>&& shielded) noexcept {
    return {promise, shielded.task()};
}

template <class T>
Task<T> detail::run_shielded(Shielded<T> shielded) {
    co_return co_await std::move(shielded);
}

// Runs it untouched by the cancellation of scopes around it, even where they are cancelled already: for clean-up that
// must be awaited. Bound it with `timeout`, or a cancelled program may hang. The cancellation is raised by the next
// await. (trio's CancelScope(shield=True).)
template <ScopeBody Body>
auto shield(Body&& body) {
    return Shielded<body_value_t<Body>>(detail::to_body_task(std::forward<Body>(body)));
}

} // namespace corduroy
