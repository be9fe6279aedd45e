#pragma once

#include <corduroy/async/inspect/await_point.hpp>
#include <corduroy/reactor/step.hpp>

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace corduroy {

template <class T = void>
class Task;

class Performing;
class Suspension;
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
inline void waits_at(TaskPromiseBase& promise, const AwaitPoint& point) noexcept;
[[noreturn]] void raise(TaskPromiseBase& promise);
void enqueue(TaskPromiseBase& promise) noexcept; // it then waits for nothing but its turn

// Something that makes a Task of itself: a Task, a Deferred, a builder such as a request that has yet to be sent.
template <class T>
concept MakesTask =
    requires(T&& value) { requires is_task<std::remove_cvref_t<decltype(std::forward<T>(value).into_task())>>; };

} // namespace detail

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
class Checkpoint : public detail::AwaitPoint {
    using Plain = std::remove_reference_t<Inner>;

public:
    template <class Make>
    Checkpoint(TaskPromiseBase& promise, Make&& make) : AwaitPoint(promise), inner_(make()) {}

    bool await_ready() {
        if constexpr (!ShieldedAwaiter<Inner>) {
            if (detail::must_raise(promise_)) [[unlikely]] {
                kind_ = &detail::await_raises;
                return !detail::raised_before(promise_);
            }
        }
        if (!inner_.await_ready()) return false;
        if (--current_step.ready_awaits > 0) [[likely]]
            return true;
        kind_ = &detail::await_yields;
        return false;
    }

    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> handle) noexcept -> bool {
        if (kind_ != nullptr) [[unlikely]] {
            detail::enqueue(promise_);
            return true;
        }
        kind_ = &kind_of_inner;
        detail::waits_at(promise_, *this);
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
        if (kind_ == &detail::await_raises) [[unlikely]]
            detail::raise(promise_);
        detail::await_succeeded(promise_);
        return inner_.await_resume();
    }

private:
    static std::string waits_for(const AwaitPoint& point) {
        if constexpr (requires(const Plain& inner) { std::string(inner.waits_for()); })
            return static_cast<const Checkpoint&>(point).inner_.waits_for();
        else
            return words() != nullptr ? words() : detail::awaiter_name(typeid(Plain));
    }
    static constexpr const char* words() noexcept {
        if constexpr (requires { static_cast<const char*>(Plain::wait_words); })
            return Plain::wait_words;
        else
            return nullptr;
    }
    static bool over(const AwaitPoint& point) noexcept {
        if constexpr (std::derived_from<Plain, Suspension>)
            return !static_cast<const Checkpoint&>(point).inner_.waiting();
        else
            return false;
    }
    // Where `inner_` lies: behind the base class, as its alignment has it.
    static constexpr std::size_t inner_alignment = std::is_reference_v<Inner> ? alignof(void*) : alignof(Plain);
    static constexpr detail::AwaitKind kind_of_inner{
        .awaiter = &typeid(Plain),
        .words = words(),
        .waits_for = &waits_for,
        .over = &over,
        .offset = (sizeof(AwaitPoint) + inner_alignment - 1) / inner_alignment * inner_alignment,
        .refers = std::is_reference_v<Inner>,
        .performs = std::derived_from<Plain, Performing>,
    };

    Inner inner_; // a reference where the awaitable is its own awaiter, which lives as long as the await
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

template <class Awaitable>
using awaiter_t = decltype(get_awaiter(std::declval<Awaitable>()));

// What has an awaiter, or is one.
template <class T>
concept HasAwaiter = Awaiter<std::remove_reference_t<awaiter_t<T>>>;

} // namespace detail

// What the combinators, `timeout`, `shield`, `attempt`, `spawn` and `run` take: all that can be awaited in a Task and
// can turn into one. That is a Task (given away: std::move(task)), a Deferred, a builder with `into_task`, and anything
// with `operator co_await` or an awaiter's three functions, such as `sleep(1s)`. Of these last ones a Task keeps its
// own, moved or copied; one that can only be referred to is awaited where it lies, and must outlive the Task.
template <class T>
concept IntoTask =
    detail::MakesTask<T> ||
    (detail::HasAwaiter<T> && (std::is_lvalue_reference_v<T> || std::constructible_from<std::remove_cvref_t<T>, T>));

// The awaiter for `co_await awaitable` in a Task. Task itself and what makes one have overloads beside Task.
template <class Awaitable>
auto make_awaiter(TaskPromiseBase& promise, Awaitable&& awaitable)
    requires(!detail::is_task<std::remove_cvref_t<Awaitable>> && !detail::MakesTask<Awaitable>)
{
    static_assert(detail::HasAwaiter<Awaitable>, "this type cannot be awaited in a Task");
    using Inner = detail::awaiter_t<Awaitable>;
    return Checkpoint<Inner>(promise,
                             [&]() -> Inner { return detail::get_awaiter(std::forward<Awaitable>(awaitable)); });
}

} // namespace corduroy
