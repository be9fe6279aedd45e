#pragma once

#include <corduroy/async/awaiting.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/reactor/ready.hpp>

#include <coroutine>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::detail {

// Waits for a Deferred. When the scope is cancelled, or was when the wait began, the Deferred is cancelled, in a coming
// turn as that calls code of others, and its end is waited for.
class DeferredWait : public Suspension, private Ready {
public:
    static constexpr bool shielded = true; // it sees to cancellation by itself

    DeferredWait(TaskPromiseBase& task, DeferredCore& core);

    bool await_ready() noexcept;
    static constexpr const char* wait_words = "a Deferred";
    std::string waits_for() const { return core_.describe({}); }
    // Why its scope is cancelled, if it is.
    std::string_view cancel_reason() const noexcept { return task_.scope().cancel_reason(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        if (raises_) {
            suspend_shielded(handle);
            resume();
        } else if (task_.must_raise()) {
            suspend_shielded(handle);
            begin();
            ask_cancel();
        } else {
            suspend(handle);
            begin();
        }
    }

protected:
    // Marks the result as taken, and throws where it is no value.
    void take();

private:
    friend class DeferredCore;
    friend class DeferredRun;

    void begin() noexcept;
    void ended() noexcept;   // called by the Deferred
    void give_up() noexcept; // the same: the result stays where it is
    void ask_cancel() noexcept;
    [[noreturn]] void raise_failure();

    TaskPromiseBase& task_;
    DeferredCore& core_;
    Reactor* reactor_ = nullptr;
    bool raises_ = false; // the scope is cancelled, and there is nothing to wait for any more
    bool cancel_asked_ = false;
    bool cancel_queued_ = false;
    bool ended_ = false;
};

template <class T>
class DeferredAwaiter : public DeferredWait {
public:
    DeferredAwaiter(TaskPromiseBase& task, DeferredRef<DeferredState<T>> state)
        : DeferredWait(task, *state), state_(std::move(state)) {}

    T await_resume() {
        take();
        return state_->take_value();
    }

private:
    DeferredRef<DeferredState<T>> state_;
};

template <class T>
auto make_awaiter(TaskPromiseBase& promise, DeferredRef<DeferredState<T>>& state) {
    return Checkpoint<DeferredAwaiter<T>>(promise, [&] { return DeferredAwaiter<T>(promise, state); });
}

template <class T>
Task<T> await_deferred(DeferredRef<DeferredState<T>> state) {
    co_return co_await state;
}

} // namespace corduroy::detail
