#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_queue.hpp>

namespace corduroy {

// The awaiter of `sleep`, `sleep_until` and `yield_now`.
class [[nodiscard("co_await it")]] Sleeping : public TimerNode, public Suspension {
public:
    explicit Sleeping(Duration duration) noexcept : TimerNode(&fired), Suspension(&cancel), duration_(duration) {}
    explicit Sleeping(TimePoint until) noexcept : TimerNode(&fired), Suspension(&cancel), until_(until) {}

    bool await_ready() const noexcept { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        Reactor& reactor = Reactor::current();
        if (duration_ == Duration::zero()) return resume();
        reactor.set_timer(*this, duration_ > Duration::zero() ? reactor.now() + duration_ : until_);
    }

    void await_resume() const { raise_if_cancelled(); }

private:
    static void fired(TimerNode& timer) noexcept { static_cast<Sleeping&>(timer).resume(); }

    static void cancel(Waiter& waiter) noexcept {
        auto& self = static_cast<Sleeping&>(waiter);
        Reactor::current().cancel_timer(self);
        self.cancelled();
    }

    Duration duration_{-1}; // negative: `until_` counts
    TimePoint until_{};
};

// Resumes when `duration` has passed; at once, but behind all that is ready, where it is zero or less. Cancelling ends
// it at once. It allocates nothing. (Twisted's deferLater.)
inline Sleeping sleep(Duration duration) noexcept {
    return Sleeping(duration > Duration::zero() ? duration : Duration::zero());
}

// Resumes at `deadline` of the reactor's clock.
inline Sleeping sleep_until(TimePoint deadline) noexcept { return Sleeping(deadline); }

// Lets all others that are ready go first.
inline Sleeping yield_now() noexcept { return Sleeping(Duration::zero()); }

} // namespace corduroy
