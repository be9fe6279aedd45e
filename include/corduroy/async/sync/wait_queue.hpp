#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/reactor/step.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace corduroy {

class WaitQueueBase;

// The base of awaiters that wait in a WaitQueue. It lies in the awaiting frame, so waiting allocates nothing. Its end
// is one of two: whoever has something for it takes it out of the queue and calls `resume`; or its scope is cancelled
// while it stands in the queue, so that it leaves the queue in constant time and raises `Cancelled`. A wait that was
// taken out has left its scope too: a cancellation that comes before it runs does not reach it, and it delivers what it
// was handed (law 2).
class QueuedWait : public Suspension, private ListNode<QueuedWait> {
public:
    QueuedWait() noexcept : Suspension(&give_up) {}
    explicit QueuedWait(Cancel cancel) noexcept : Suspension(cancel) {}

protected:
    // For await_suspend: suspends at the end of the queue.
    template <class Promise>
    void wait_in(WaitQueueBase& queue, std::coroutine_handle<Promise> handle) noexcept;

    // For a Cancel function of one's own. Whoever stands in no queue stays as it is.
    void leave_queue() noexcept;

private:
    friend class IntrusiveList<QueuedWait, QueuedWait>;
    friend class WaitQueueBase;

    static void give_up(Waiter& waiter) noexcept;

    WaitQueueBase* queue_ = nullptr;
};

// What WaitQueues have in common, whatever waits in them.
class WaitQueueBase {
public:
    bool empty() const noexcept { return waits_.empty(); }
    std::size_t size() const noexcept { return size_; }
    const char* primitive() const noexcept { return primitive_; }

    // Puts a wait that is suspended already at the end: one that has left another queue.
    void add(QueuedWait& wait) noexcept {
        wait.queue_ = this;
        waits_.push_back(wait);
        ++size_;
    }

    // Ends the program where a primitive is used by another thread than the one that used it first (law 1).
    void check_thread() noexcept {
        if (thread_ != &current_step) [[unlikely]]
            bind_to_thread();
    }

protected:
    // `primitive` names whose queue it is, "a Lock", for the messages that end the program.
    explicit WaitQueueBase(const char* primitive) noexcept : primitive_(primitive) {}
    WaitQueueBase(const WaitQueueBase&) = delete;
    WaitQueueBase& operator=(const WaitQueueBase&) = delete;
    ~WaitQueueBase() {
        if (!empty()) [[unlikely]]
            destroyed_while_awaited();
    }

    QueuedWait& first() noexcept { return waits_.front(); }
    void remove(QueuedWait& wait) noexcept { wait.leave_queue(); }
    template <class F>
    void each(F&& f) {
        waits_.for_each(std::forward<F>(f));
    }

private:
    friend class QueuedWait;

    void bind_to_thread() noexcept;
    [[noreturn]] void destroyed_while_awaited() noexcept;

    IntrusiveList<QueuedWait, QueuedWait> waits_;
    std::size_t size_ = 0;
    const char* primitive_;
    const Step* thread_ = nullptr; // of who used it first
};

// The coroutines suspended at one primitive, first come, first served: what Lock, Queue and their relatives are made
// of, and those that a program makes for itself (trio's ParkingLot). `Wait` is the awaiter, a QueuedWait. Destroying a
// queue in which somebody waits ends the program with a message.
template <class Wait>
class WaitQueue : public WaitQueueBase {
public:
    explicit WaitQueue(const char* primitive) noexcept : WaitQueueBase(primitive) {}

    // Takes the one out that has waited longest; hand it what it waits for, then call its `resume`.
    Wait& take_first() noexcept {
        Wait& wait = static_cast<Wait&>(first());
        remove(wait);
        return wait;
    }

    // Takes those out, in order, for which `chosen(wait)` is true, and calls `f(wait)` with each.
    template <class Chosen, class F>
    void take_if(Chosen&& chosen, F&& f) {
        each([&](QueuedWait& queued) {
            Wait& wait = static_cast<Wait&>(queued);
            if (!chosen(std::as_const(wait))) return;
            remove(wait);
            f(wait);
        });
    }
};

template <class Promise>
void QueuedWait::wait_in(WaitQueueBase& queue, std::coroutine_handle<Promise> handle) noexcept {
    queue.add(*this);
    suspend(handle);
}

inline void QueuedWait::leave_queue() noexcept {
    if (queue_ == nullptr) return;
    --std::exchange(queue_, nullptr)->size_;
    ListNode<QueuedWait>::unlink();
}

inline void QueuedWait::give_up(Waiter& waiter) noexcept {
    auto& self = static_cast<QueuedWait&>(waiter);
    self.leave_queue();
    self.cancelled();
}

} // namespace corduroy
