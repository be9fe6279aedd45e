#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/wait_builder.hpp>
#include <corduroy/async/sync/wait_queue.hpp>
#include <corduroy/async/task.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy {

// Lets coroutines that hold a Lock wait until others changed what it protects (trio's and asyncio's Condition):
//
//     auto guard = co_await lock.acquire();
//     while (jobs.empty()) co_await changed.wait(guard);
//
// It belongs to one thread. Destroying it while somebody waits ends the program.
class Condition {
public:
    class Waiting;

    Condition() noexcept = default;

    // Releases the lock that `guard` holds, waits for a notification, and acquires the lock again, behind those who
    // want it already. The guard holds the lock again however this ends, cancellation included: acquiring it is not cut
    // short. Cancelled before it was notified, it raises `Cancelled`; once notified it returns, and no notification is
    // lost. A guard that holds nothing is an Error.
    WaitBuilder<Waiting, Condition*, Lock::Guard*, std::source_location>
    wait(Lock::Guard& guard, std::source_location site = std::source_location::current()) noexcept {
        return {this, &guard, site};
    }

    // Waits until `predicate()` is true, which is asked with the lock held; returns at once where it is.
    template <std::predicate Predicate>
    Task<> wait(Lock::Guard& guard, Predicate&& predicate,
                std::source_location site = std::source_location::current()) {
        detail::guard_callable<Predicate>();
        return wait_until<std::decay_t<Predicate>>(*this, guard, std::forward<Predicate>(predicate), site);
    }

    // Wakes so many of those who wait, the longest first; nobody where nobody waits, for it is not remembered. Whether
    // the lock is held makes no difference.
    void notify(std::size_t count) noexcept;
    void notify_one() noexcept { notify(1); }
    void notify_all() noexcept { notify(waiting()); }

    // How many wait to be notified.
    std::size_t waiting() const noexcept { return waits_.size(); }

private:
    template <class Predicate>
    static Task<> wait_until(Condition& condition, Lock::Guard& guard, Predicate predicate, std::source_location site) {
        while (!predicate()) co_await condition.wait(guard, site);
    }

    WaitQueue<Waiting> waits_{"a Condition"};
};

// The awaiter of `wait`. It stands first in the queue of the Condition, then in that of the lock.
class Condition::Waiting final : public Lock::Waiting {
public:
    Waiting(Condition* condition, Lock::Guard* guard, std::source_location site) noexcept
        : Lock::Waiting(site, &cancel), condition_(*condition), guard_(*guard) {}

    bool await_ready();

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        task_ = &handle.promise();
        wait_in(condition_.waits_, handle);
        take_from(guard_);
        leave_lock();
    }

    void await_resume() {
        give_to(guard_);
        raise_if_cancelled();
    }
    static constexpr const char* wait_words = "a notification of a Condition, or its Lock";
    std::string waits_for() const { return in_lock_queue() ? lock_in_words() : "a notification of a Condition"; }

private:
    friend class Condition;

    static void cancel(Waiter& waiter) noexcept;
    bool in_lock_queue() const noexcept { return notified_ || gave_up_; }

    Condition& condition_;
    Lock::Guard& guard_;
    bool notified_ = false;
};

} // namespace corduroy
