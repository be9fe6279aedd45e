#pragma once

#include <corduroy/async/adapt/foreign_wait.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/unique_function.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

// The coroutine that awaits what is foreign, as that wants to be awaited: it is resumed by whoever, wherever, and may
// be transferred to. It belongs to the Task that made it, on the reactor's thread, and is destroyed when it has ended.
class ForeignCoroutine {
public:
    struct promise_type {
        static void* operator new(std::size_t size) { return allocate_frame(size); }
        static void operator delete(void* frame, std::size_t size) noexcept { release_frame(frame, size); }

        struct End {
            bool await_ready() const noexcept { return false; }
            // From here on the frame may be destroyed on the reactor's thread.
            void await_suspend(std::coroutine_handle<promise_type> handle) const noexcept {
                handle.promise().wait->arrived();
            }
            void await_resume() const noexcept {}
        };

        ForeignCoroutine get_return_object() noexcept {
            return ForeignCoroutine(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        End final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); } // it catches all

        ForeignWait* wait = nullptr;
    };

    ForeignCoroutine(const ForeignCoroutine&) = delete;
    ForeignCoroutine& operator=(const ForeignCoroutine&) = delete;
    ~ForeignCoroutine() { handle_.destroy(); }

    void start(ForeignWait& wait) {
        handle_.promise().wait = &wait;
        handle_.resume();
    }

private:
    explicit ForeignCoroutine(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

// Awaits it as a `How`, an rvalue or an lvalue reference.
template <class How, class T>
ForeignCoroutine await_foreign(std::remove_reference_t<How>& awaitable, std::optional<Result<T>>& result) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await static_cast<How>(awaitable);
            result.emplace();
        } else {
            result.emplace(co_await static_cast<How>(awaitable)); // it may refer to the awaiter, which is a temporary
        }
    } catch (...) {
        result.emplace(Failure::current());
    }
}

// `Awaitable` is a value, kept here, or an lvalue reference.
template <class How, class Awaitable>
Task<awaited_value_t<How>> bridge_foreign(Awaitable awaitable, UniqueFunction<void()> canceller) {
    using T = awaited_value_t<How>;
    co_await checkpoint_if_cancelled(); // before anything foreign is begun
    ForeignWait wait("an awaitable of another library", std::move(canceller));
    std::optional<Result<T>> result;
    ForeignCoroutine coroutine = await_foreign<How, T>(awaitable, result);
    coroutine.start(wait);
    co_await wait;
    co_return wait.outcome(std::move(*result));
}

} // namespace detail

// A Task of an awaitable that was written for another library, whose awaiter resumes the coroutine_handle it is given
// by itself: at once, later, from another thread, or by transferring to it. (A coroutine of Corduroy's is resumed by
// its reactor and nobody else, so such an awaitable is not awaited directly.) The Task goes on on its own thread, in a
// coming turn. A Task keeps its own of the awaitable, moved or copied; one that can only be referred to is awaited
// where it lies, and must outlive the Task.
//
//     int answer = co_await from_awaitable(other_library::ask(question));
//
// Cancelling waits for the end of the await, which such an awaiter has no way to hurry; `canceller`, if there is one,
// is called in a coming turn to see to that, and a failure that then comes is raised as `Cancelled`.
template <class Awaitable>
    requires detail::HasAwaiter<Awaitable>
auto from_awaitable(Awaitable&& awaitable, UniqueFunction<void()> canceller = {}) {
    using Plain = std::remove_cvref_t<Awaitable>;
    if constexpr (std::constructible_from<Plain, Awaitable>)
        return detail::bridge_foreign<Awaitable&&, Plain>(std::forward<Awaitable>(awaitable), std::move(canceller));
    else
        return detail::bridge_foreign<Awaitable&, std::remove_reference_t<Awaitable>&>(awaitable, std::move(canceller));
}

} // namespace corduroy
