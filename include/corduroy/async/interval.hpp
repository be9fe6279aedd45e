#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace corduroy {

// Regular times, for a coroutine:
//
//     Interval ticks(1s);
//     for (;;) {
//         std::int64_t passed = co_await ticks.next(); // 1; more where the loop was late
//         …
//     }
//
// The ticks are at the start and whole intervals from there, so that they do not drift, however long the coroutine
// takes between them. Ticks that pass while nobody waits are dropped, and counted by the next one. One coroutine at a
// time waits for an Interval; it belongs to its reactor. What stands behind LoopingCall.
class Interval {
public:
    class Next;

    // Starts now. With `now` the first tick is there at once, otherwise an interval later. Of an interval of zero there
    // is a tick in every turn. Throws Error where it is negative.
    explicit Interval(Duration interval, bool now = true);
    Interval(const Interval&) = delete;
    Interval& operator=(const Interval&) = delete;

    // Resumes at the next tick after now, and gives how many there were since the last one that was given: 1, or more
    // where some were dropped. Cancelling ends the wait, and no tick is lost. Throws Error where another coroutine
    // waits.
    Next next() noexcept;

    // Starts anew: the next tick is an interval from now, for who waits already too. Ticks since the last one that was
    // given count on, in whole intervals back from now.
    void reset();

    Duration interval() const noexcept { return interval_; }

private:
    friend class LoopingCall;
    class Waiting;

    static TimePoint clock() noexcept { return Reactor::current().kernel().now(); }
    std::int64_t number(TimePoint time) const noexcept { return (time - start_) / interval_; }
    std::int64_t take() noexcept;
    TimePoint following() const noexcept;
    void wake() noexcept; // ends a wait before its time

    Duration interval_;
    TimePoint start_;
    TimePoint last_; // when a tick was given last
    bool at_once_;   // the first tick is there
    Waiting* waiting_ = nullptr;
};

// What `Interval::next` gives: await it, or hand it to a combinator.
class [[nodiscard("co_await it")]] Interval::Next {
public:
    explicit Next(Interval& ticks) noexcept : ticks_(ticks) {}
    Waiting operator co_await() const noexcept;

private:
    Interval& ticks_;
};

class Interval::Waiting : public TimerNode, public Suspension {
public:
    explicit Waiting(Interval& ticks) noexcept : TimerNode(&fired), Suspension(&cancel), ticks_(ticks) {}

    bool await_ready() const;

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        begin();
    }

    std::int64_t await_resume() {
        end();
        raise_if_cancelled();
        return ticks_.take();
    }

    static constexpr const char* wait_words = "tick of an interval";
    std::string waits_for() const { return "tick of an interval of " + duration_text(ticks_.interval_); }

private:
    friend class Interval;

    void begin() noexcept;
    void end() noexcept;
    static void fired(TimerNode& timer) noexcept { static_cast<Waiting&>(timer).resume(); }
    static void cancel(Waiter& waiter) noexcept;

    Interval& ticks_;
};

inline Interval::Next Interval::next() noexcept { return Next(*this); }
inline Interval::Waiting Interval::Next::operator co_await() const noexcept { return Waiting(ticks_); }

} // namespace corduroy
