#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include <string>

namespace corduroy {

// What `sleep`, `sleep_until` and `yield_now` give: await it, or hand it to a combinator. The time of a duration begins
// to run when it is awaited.
class [[nodiscard("co_await it")]] Sleep {
public:
    explicit Sleep(Duration duration) noexcept : duration_(duration > Duration::zero() ? duration : Duration::zero()) {}
    explicit Sleep(TimePoint until) noexcept : until_(until) {}

    class Awaiter;
    Awaiter operator co_await() const noexcept;

private:
    Duration duration_{-1}; // negative: `until_` counts
    TimePoint until_{};
};

class Sleep::Awaiter : public TimerNode, public Suspension {
public:
    explicit Awaiter(const Sleep& sleep) noexcept : TimerNode(&fired), Suspension(&cancel), sleep_(sleep) {}

    bool await_ready() const noexcept { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        Reactor& reactor = Reactor::current();
        Duration duration = sleep_.duration_;
        if (duration == Duration::zero()) return resume();
        reactor.set_timer(*this, duration > Duration::zero() ? later(reactor.now(), duration) : sleep_.until_);
    }

    void await_resume() const { raise_if_cancelled(); }

    static constexpr const char* wait_words = "sleep";
    std::string waits_for() const {
        return "sleep until " + duration_text(time_between(Reactor::current().now(), deadline())) + " from now";
    }

private:
    static void fired(TimerNode& timer) noexcept { static_cast<Awaiter&>(timer).resume(); }

    static void cancel(Waiter& waiter) noexcept {
        auto& self = static_cast<Awaiter&>(waiter);
        Reactor::current().cancel_timer(self);
        self.cancelled();
    }

    Sleep sleep_;
};

inline Sleep::Awaiter Sleep::operator co_await() const noexcept { return Awaiter(*this); }

// Resumes when `duration` has passed; at once, but behind all that is ready, where it is zero or less; never where it
// is Duration::max(), but that it can be cancelled. Cancelling ends it at once. It allocates nothing. (Twisted's
// deferLater.)
inline Sleep sleep(Duration duration) noexcept { return Sleep(duration); }

// Resumes at `deadline` of the reactor's clock.
inline Sleep sleep_until(TimePoint deadline) noexcept { return Sleep(deadline); }

// Lets all others that are ready go first.
inline Sleep yield_now() noexcept { return Sleep(Duration::zero()); }

} // namespace corduroy
