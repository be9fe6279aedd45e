#pragma once

#include <corduroy/async/sync/holding.hpp>
#include <corduroy/async/sync/run_holding.hpp>
#include <corduroy/async/sync/running_task.hpp>
#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

namespace corduroy {

// Lets one coroutine at a time through (Twisted's DeferredLock, trio's Lock):
//
//     auto guard = co_await lock.acquire();
//
// The guard holds the lock until it is destroyed or its `release` is called; nothing else can release it. It is fair:
// those who wait get it in the order in which they came, and a release hands it straight to the next, so that nobody
// can barge in between. Code between two awaits needs no lock, for a reactor has one thread: a lock is for what must
// stay together across an await. It belongs to one thread. Destroying it while it is held or awaited ends the program.
class Lock {
public:
    class Acquiring;
    class Waiting;
    using Guard = Holding<Lock>;

    Lock() noexcept = default;
    ~Lock();

    // Gives the Guard when the lock is ours; at once where it is free. Cancelled while it waits, it leaves the queue
    // and raises `Cancelled`; cancelled when the lock was handed to it already, it gives the Guard, and `Cancelled` is
    // raised by the next await. A task that holds the lock already gets an Error, as it would wait for itself; but once
    // the guard was moved, out of `timeout` or into another task, it is not known any more who holds it.
    WaitBuilder<Acquiring, Lock*, std::source_location>
    acquire(std::source_location site = std::source_location::current()) noexcept {
        return {this, site};
    }

    // The Guard without waiting, where the lock is free; one that holds nothing otherwise. Throws as `acquire` does.
    Guard try_acquire(std::source_location site = std::source_location::current()) {
        return take(site) ? Guard(*this) : Guard();
    }

    // Calls `callable()` with the lock held, awaits the Task that it gives, if it gives one, and gives the value; the
    // lock is released however it ends. (Twisted's DeferredLock.run.)
    template <class Callable>
    auto run(Callable&& callable, std::source_location site = std::source_location::current()) {
        return detail::run_holding(acquire(site), std::forward<Callable>(callable));
    }

    bool locked() const noexcept { return held_; }
    // How many coroutines wait for it.
    std::size_t waiting() const noexcept { return waits_.size(); }

    static constexpr const char* held_thing = "a Lock";

private:
    friend class Condition;
    friend class Holding<Lock>;

    // Whether it was free, and is now held.
    bool take(const std::source_location& site);
    void give_back() noexcept;
    void handed_on() noexcept { holder_ = nullptr; }
    // Gives the lock to a wait that stands in no queue, or has it queue up.
    void grant_or_queue(Waiting& wait) noexcept;
    void grant(Waiting& wait) noexcept;
    [[noreturn]] void refuse_holder(const std::source_location& site) const;

    WaitQueue<Waiting> waits_{held_thing};
    bool held_ = false;
    const TaskPromiseBase* holder_ = nullptr; // the coroutine that acquired it, as long as its guard stayed there
    std::source_location site_;               // where it was acquired
};

// Who waits for a Lock: `acquire`, or a Condition on the way back.
class Lock::Waiting : public QueuedWait {
protected:
    Waiting(Lock* lock, std::source_location site) noexcept : lock_(lock), site_(site) {}
    Waiting(std::source_location site, Cancel cancel) noexcept : QueuedWait(cancel), site_(site) {}

    // For a wait that gives the lock up and comes back for it.
    void take_from(Guard& guard) noexcept { lock_ = std::exchange(guard.source_, nullptr); }
    std::string lock_in_words() const;
    void leave_lock() noexcept { lock_->give_back(); }
    void queue_for_lock() noexcept { lock_->grant_or_queue(*this); }
    void give_to(Guard& guard) const noexcept { guard.source_ = lock_; }

    Lock* lock_ = nullptr;
    std::source_location site_;
    const TaskPromiseBase* task_ = nullptr;
    bool gave_up_ = false; // it wants the lock only to raise `Cancelled`

private:
    friend class Lock;
};

// The awaiter of `acquire`.
class Lock::Acquiring final : public Waiting {
public:
    Acquiring(Lock* lock, std::source_location site) noexcept : Waiting(lock, site) {}

    bool await_ready() { return lock_->take(site_); }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        task_ = &handle.promise();
        wait_in(lock_->waits_, handle);
    }

    Guard await_resume() {
        raise_if_cancelled();
        return Guard(*lock_);
    }
    static constexpr const char* wait_words = "a Lock";
    std::string waits_for() const { return lock_in_words(); }
};

inline bool Lock::take(const std::source_location& site) {
    waits_.check_thread();
    if (held_) {
        if (holder_ != nullptr && detail::runs_under(*holder_)) [[unlikely]]
            refuse_holder(site);
        return false;
    }
    held_ = true;
    holder_ = current_step.task;
    site_ = site;
    return true;
}

inline void Lock::give_back() noexcept {
    waits_.check_thread();
    if (waits_.empty()) [[likely]]
        held_ = false;
    else
        grant(waits_.take_first());
}

} // namespace corduroy
