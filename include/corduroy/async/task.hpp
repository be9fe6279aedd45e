#pragma once

#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/result.hpp>

#include <concepts>
#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class T>
class TaskPromise;

// A coroutine that gives a T, once (T may be a reference, void, or move-only). It is lazy: nothing runs until it is
// awaited, spawned into a TaskGroup, or given to a combinator; it can be awaited once, as an rvalue. It runs on the
// reactor of whoever awaits it, in that one's cancel scope. Dropping a Task that never ran is harmless; destroying one
// that is running ends the program, for its operations would outlive their memory.
template <class T>
class [[nodiscard("a Task does nothing until it is awaited or spawned")]] Task {
public:
    using promise_type = TaskPromise<T>;
    using value_type = T;

    Task(Task&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(promise_, other.promise_);
        return *this;
    }
    ~Task() {
        if (promise_ != nullptr) TaskPromiseBase::destroy(*promise_);
    }

    // For combinators: the coroutine itself, which stays the Task's.
    TaskPromise<T>& promise() const noexcept { return *promise_; }

    Task&& into_task() && noexcept { return std::move(*this); }

private:
    friend class TaskPromise<T>;
    explicit Task(TaskPromise<T>& promise) noexcept : promise_(&promise) {}

    TaskPromise<T>* promise_;
};

template <class T>
class TaskPromise final : public TaskPromiseBase {
    using Stored = std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>;
    static_assert(alignof(Stored) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "a Task's value may not be over-aligned");

public:
    TaskPromise() noexcept {} // NOLINT: a value is there at the end only
    ~TaskPromise() {
        if (has_value_) std::destroy_at(&value_);
    }

    Task<T> get_return_object() noexcept { return Task<T>(*this); }

    template <class U>
        requires std::convertible_to<U&&, T>
    void return_value(U&& value) {
        if constexpr (std::is_reference_v<T>) {
            T reference = static_cast<U&&>(value);
            std::construct_at(&value_, std::addressof(reference));
        } else {
            std::construct_at(&value_, std::forward<U>(value));
        }
        has_value_ = true;
    }

    // The value of a coroutine that has ended without failure.
    T take_value() {
        if constexpr (std::is_reference_v<T>)
            return static_cast<T>(*value_);
        else
            return std::move(value_);
    }

private:
    union {
        Stored value_; // once `has_value_`
    };
};

template <>
class TaskPromise<void> final : public TaskPromiseBase {
public:
    Task<void> get_return_object() noexcept { return Task<void>(*this); }
    void return_void() noexcept {}
    void take_value() noexcept {}
};

// What a Task that has ended ended with.
template <class T>
Result<T> take_result(TaskPromise<T>& promise) {
    if (promise.failure()) return promise.failure();
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return promise.take_value();
}

// Awaits a Task in the scope of the awaiting coroutine.
template <class T>
class TaskAwaiter {
public:
    TaskAwaiter(const TaskPromiseBase& parent, TaskPromise<T>& child) noexcept
        : child_(parent.must_raise() ? nullptr : &child) {}

    bool await_ready() const noexcept { return child_ == nullptr && !current_step.task->raised_before(); }

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
        TaskPromiseBase& parent = handle.promise();
        if (child_ != nullptr) [[likely]]
            return child_->start_under(parent, parent.scope());
        detail::enqueue(parent);
        return true;
    }

    T await_resume() const {
        if (child_ == nullptr) [[unlikely]]
            current_step.task->raise();
        return take(*child_);
    }

    // What the child that has ended gave; throws what it threw.
    static T take(TaskPromise<T>& child) {
        TaskPromiseBase& parent = *current_step.task;
        if (child.failure()) [[unlikely]]
            parent.rethrow(child.failure());
        parent.await_succeeded();
        return child.take_value();
    }

private:
    TaskPromise<T>* child_; // null where `Cancelled` is raised instead
};

template <class T>
TaskAwaiter<T> make_awaiter(TaskPromiseBase& promise, Task<T>&& task) noexcept {
    return {promise, task.promise()};
}

template <class T>
void make_awaiter(TaskPromiseBase& promise, Task<T>& task) = delete; // a Task is awaited once: co_await std::move(task)

// A builder is turned into its Task, which lives as long as the await.
template <class Builder>
class BuiltTaskAwaiter {
    using Built = decltype(std::declval<Builder>().into_task());
    using T = typename std::remove_cvref_t<Built>::value_type;

public:
    BuiltTaskAwaiter(TaskPromiseBase& parent, Builder&& builder)
        : task_(std::forward<Builder>(builder).into_task()), awaiter_(parent, task_.promise()) {}

    bool await_ready() const noexcept { return awaiter_.await_ready(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
        return awaiter_.await_suspend(handle);
    }
    T await_resume() const { return awaiter_.await_resume(); }

private:
    Task<T> task_;
    TaskAwaiter<T> awaiter_;
};

template <detail::MakesTask Builder>
    requires(!detail::is_task<std::remove_cvref_t<Builder>>)
BuiltTaskAwaiter<Builder> make_awaiter(TaskPromiseBase& promise, Builder&& builder) {
    return {promise, std::forward<Builder>(builder)};
}

namespace detail {

// The value that awaiting something gives; what is returned by rvalue reference lies in an awaiter that is gone then.
template <class Awaitable>
struct AwaitedValue {
    using Resumed = decltype(std::declval<std::remove_reference_t<awaiter_t<Awaitable>>&>().await_resume());
    using type = std::conditional_t<std::is_lvalue_reference_v<Resumed>, Resumed, std::remove_cvref_t<Resumed>>;
};
template <class Awaitable>
using awaited_value_t = typename AwaitedValue<Awaitable>::type;

// Tasks of what is no Task yet: one keeps it, the other refers to it.
template <class Awaitable>
Task<awaited_value_t<Awaitable>> await_kept(std::remove_cvref_t<Awaitable> awaitable) {
    co_return co_await static_cast<Awaitable&&>(awaitable);
}
template <class Awaitable>
Task<awaited_value_t<Awaitable&>> await_there(Awaitable& awaitable) {
    co_return co_await awaitable;
}

} // namespace detail

// The Task that something is, makes, or is awaited by.
template <IntoTask T>
auto to_task(T&& value) {
    if constexpr (detail::MakesTask<T>) {
        using Made = std::remove_cvref_t<decltype(std::forward<T>(value).into_task())>;
        return Made(std::forward<T>(value).into_task());
    } else if constexpr (std::constructible_from<std::remove_cvref_t<T>, T>) {
        return detail::await_kept<T>(std::forward<T>(value));
    } else {
        return detail::await_there(value);
    }
}

template <class T>
using task_value_t = typename decltype(to_task(std::declval<T>()))::value_type;

} // namespace corduroy
