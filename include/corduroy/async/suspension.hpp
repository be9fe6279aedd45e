#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <coroutine>
#include <source_location>
#include <utility>

namespace corduroy {

namespace detail {

void tell_scheduled(Reactor& reactor, const TaskPromiseBase& promise) noexcept;

// Queues a task whose wait is over.
inline void enqueue_woken(Reactor& reactor, TaskPromiseBase& promise) noexcept {
    reactor.enqueue(promise);
    if (reactor.instrumented()) [[unlikely]]
        tell_scheduled(reactor, promise);
}

} // namespace detail

// The base of awaiters that wait for something to happen: it holds the suspended coroutine, stands in its scope, and
// knows whether a cancellation ended the wait. The derived awaiter calls `suspend` in await_suspend, `resume` once when
// the wait is over, and `raise_if_cancelled` in await_resume. Its `Cancel` function is told of a cancellation; it ends
// the wait by `cancelled`, at once or when what it waits for has ended.
class Suspension : public Waiter {
public:
    using Waiter::Waiter;
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

    // Whether a coroutine waits here.
    bool waiting() const noexcept { return task_ != nullptr; }
    bool waiting(const TaskPromiseBase& coroutine) const noexcept { return task_ == &coroutine; }
    // Where it waits, as long as it does.
    std::source_location site() const noexcept { return task_->site(); }

    // Ends the wait: the coroutine goes on in a coming turn.
    void resume() noexcept {
        leave();
        detail::enqueue_woken(Reactor::current(), *std::exchange(task_, nullptr));
    }
    // Ends the wait by raising `Cancelled`.
    void cancelled() noexcept {
        cancelled_ = true;
        resume();
    }

protected:
    template <class Promise>
    void suspend(std::coroutine_handle<Promise> handle) noexcept {
        task_ = &handle.promise();
        task_->scope().add(*this);
    }
    // Waits without standing in the scope: for joins, which cancellation reaches through those that are joined.
    template <class Promise>
    void suspend_shielded(std::coroutine_handle<Promise> handle) noexcept {
        task_ = &handle.promise();
    }

    bool was_cancelled() const noexcept { return cancelled_; }
    void raise_if_cancelled() const {
        if (cancelled_) [[unlikely]]
            current_step.task->raise();
    }

private:
    TaskPromiseBase* task_ = nullptr;
    bool cancelled_ = false;
};

} // namespace corduroy
