#pragma once

#include <corduroy/reactor/step.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class T = void>
class Task;

class TaskPromiseBase;

namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

// What Checkpoint needs of the promise, which is defined in task_promise.hpp.
inline bool must_raise(const TaskPromiseBase& promise) noexcept;
inline bool raised_before(const TaskPromiseBase& promise) noexcept;
inline void await_succeeded(TaskPromiseBase& promise) noexcept;
[[noreturn]] void raise(TaskPromiseBase& promise);
void enqueue(TaskPromiseBase& promise) noexcept;

} // namespace detail

// Something that can turn into a Task: a builder, such as a request that has yet to be sent.
template <class T>
concept IntoTask = requires(T&& value) {
    requires detail::is_task<std::remove_cvref_t<decltype(std::forward<T>(value).into_task())>>;
};

// Something with await_ready, await_suspend and await_resume.
template <class T>
concept Awaiter = requires(T& awaiter) {
    { awaiter.await_ready() } -> std::convertible_to<bool>;
    awaiter.await_resume();
};

// Awaiters that wait in a cancelled scope too: the joins, whose children the cancellation reaches anyhow.
template <class T>
concept ShieldedAwaiter = requires { requires std::remove_cvref_t<T>::shielded; };

// Stands around every awaiter but Task's own: raises `Cancelled` as the await begins in a cancelled scope, and makes a
// task yield that has had a thousand awaits complete at once.
template <class Inner>
class Checkpoint {
    using Plain = std::remove_reference_t<Inner>;

public:
    template <class Make>
    Checkpoint(TaskPromiseBase& promise, Make&& make) : promise_(promise), inner_(make()) {}

    bool await_ready() {
        if constexpr (!ShieldedAwaiter<Inner>) {
            if (detail::must_raise(promise_)) [[unlikely]] {
                state_ = State::raises;
                return !detail::raised_before(promise_);
            }
        }
        if (!inner_.await_ready()) return false;
        if (--current_step.ready_awaits > 0) [[likely]]
            return true;
        state_ = State::yields;
        return false;
    }

    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> handle) noexcept -> bool {
        if (state_ != State::passes) [[unlikely]] {
            detail::enqueue(promise_);
            return true;
        }
        if constexpr (std::is_void_v<decltype(inner_.await_suspend(handle))>) {
            inner_.await_suspend(handle);
            return true;
        } else {
            static_assert(std::same_as<decltype(inner_.await_suspend(handle)), bool>,
                          "an awaiter that transfers to another coroutine would grow the stack; wake it instead");
            return inner_.await_suspend(handle);
        }
    }

    decltype(auto) await_resume() {
        if (state_ == State::raises) [[unlikely]]
            detail::raise(promise_);
        detail::await_succeeded(promise_);
        return inner_.await_resume();
    }

private:
    enum class State : unsigned char { passes, yields, raises };

    TaskPromiseBase& promise_;
    Inner inner_; // a reference where the awaitable is its own awaiter, which lives as long as the await
    State state_ = State::passes;
};

namespace detail {

template <class Awaitable>
decltype(auto) get_awaiter(Awaitable&& awaitable) {
    if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); })
        return std::forward<Awaitable>(awaitable).operator co_await();
    else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); })
        return operator co_await(std::forward<Awaitable>(awaitable));
    else
        return static_cast<std::remove_reference_t<Awaitable>&>(awaitable);
}

} // namespace detail

// The awaiter for `co_await awaitable` in a Task. Task itself and what turns into one have overloads beside Task.
template <class Awaitable>
auto make_awaiter(TaskPromiseBase& promise, Awaitable&& awaitable)
    requires(!detail::is_task<std::remove_cvref_t<Awaitable>> && !IntoTask<Awaitable>)
{
    using Inner = decltype(detail::get_awaiter(std::forward<Awaitable>(awaitable)));
    static_assert(Awaiter<std::remove_reference_t<Inner>>, "this type cannot be awaited in a Task");
    return Checkpoint<Inner>(promise,
                             [&]() -> Inner { return detail::get_awaiter(std::forward<Awaitable>(awaitable)); });
}

} // namespace corduroy
