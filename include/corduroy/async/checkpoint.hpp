#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task_promise.hpp>

#include <coroutine>

namespace corduroy {

namespace detail {

// Lets all others that are ready go first.
class GiveWay : public Suspension {
public:
    GiveWay() noexcept : Suspension([](Waiter&) noexcept {}) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend_shielded(handle);
        resume();
    }
};

} // namespace detail

// What `checkpoint` gives: await it.
class [[nodiscard("co_await it")]] CheckpointAwaiter : public detail::GiveWay {
public:
    void await_resume() const {
        if (current_step.task->must_raise()) current_step.task->raise();
    }
};

// What `cancel_shielded_checkpoint` gives: await it.
class [[nodiscard("co_await it")]] ShieldedCheckpointAwaiter : public detail::GiveWay {
public:
    static constexpr bool shielded = true;
    void await_resume() const noexcept {}
};

// What `checkpoint_if_cancelled` gives: await it.
class [[nodiscard("co_await it")]] CancelledCheckpointAwaiter {
public:
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

// Every await is a checkpoint of cancellation: it raises `Cancelled` as it begins in a cancelled scope. Whether it also
// gives way depends on whether it has to wait; after a thousand awaits in a row that had not, one does. These are for
// code that wants the one or the other for sure, a long computation above all.

// Lets all others that are ready go first, and raises `Cancelled` where the scope is cancelled, before or meanwhile.
// (trio's lowlevel.checkpoint; `yield_now` looks before it gives way only.)
inline CheckpointAwaiter checkpoint() noexcept { return {}; }

// Raises `Cancelled` where the scope is cancelled, and gives way no more than any other await. (trio's
// lowlevel.checkpoint_if_cancelled.)
inline CancelledCheckpointAwaiter checkpoint_if_cancelled() noexcept { return {}; }

// Lets all others that are ready go first, and raises nothing, in a cancelled scope either. (trio's
// lowlevel.cancel_shielded_checkpoint.)
inline ShieldedCheckpointAwaiter cancel_shielded_checkpoint() noexcept { return {}; }

} // namespace corduroy
