#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/scope_reference.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <atomic>

namespace corduroy {

class ThreadPool;

namespace detail {
class BlockingCall;
}

// A piece of work for a thread of a ThreadPool; derive from it. It belongs to its owner, who keeps it where it is from
// `ThreadPool::start` until `ended` is called. What stands behind `run_in_thread`, which is what programs use.
class ThreadJob : private ListNode<> {
public:
    // Tells the work that it is no longer wanted: `from_thread` raises `Cancelled` there, also in a call to the loop
    // that is under way. On the reactor's thread.
    void cancel() noexcept;
    // Whether that has happened. From any thread.
    bool cancel_asked() const noexcept { return cancel_asked_.load(std::memory_order_acquire); }

    // Whether a thread has it, or had; otherwise it waits for one. On the reactor's thread.
    bool begun() const noexcept { return !linked(); }

    // The pool whose thread does the work. From any thread, once it was started.
    ThreadPool& pool() const noexcept { return *pool_; }

protected:
    ThreadJob() = default;
    ~ThreadJob() = default;

    // Does it, in a thread of the pool.
    virtual void work() noexcept = 0;
    // The work is done; the owner may destroy the job here. On the reactor's thread, in a coming turn.
    virtual void ended() noexcept = 0;
    // There is no thread to do it: `ended` follows.
    virtual void refused(Failure failure) noexcept = 0;

private:
    friend class ThreadPool;
    friend class detail::BlockingCall;
    friend class IntrusiveList<ThreadJob>;

    std::atomic<bool> cancel_asked_ = false;
    ThreadPool* pool_ = nullptr;
    // The group that calls from the thread belong to.
    ScopeReference group_ = ScopeReference::to_ambient_group();
    CancelScope* call_ = nullptr; // of the call to the loop that is under way
};

} // namespace corduroy
