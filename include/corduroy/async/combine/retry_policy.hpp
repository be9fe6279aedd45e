#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace corduroy {

// An attempt that failed and after which there is to be another one.
struct FailedAttempt {
    unsigned number; // of the attempt, from 1 on
    const Failure& failure;
    Duration delay; // until the next one begins
};

// When to try again, and how often: what `retry` goes by. A value, put together by calls, each of which gives a changed
// copy:
//
//     const RetryPolicy patient = RetryPolicy().attempts(8).backoff(1s, 1.5, 1min).only_on<IoError, TimeoutError>();
//
// As it comes it makes 3 attempts, 100 ms and then 200 ms apart, less a random part of up to a half, whatever the
// failure was, without a bound on the whole.
class RetryPolicy {
public:
    static constexpr unsigned unlimited = std::numeric_limits<unsigned>::max();

    // How many attempts there are in all, the first one included; at least 1.
    RetryPolicy attempts(unsigned count) const;

    // The delay after the first failed attempt, by what it grows from each to the next (at least 1), and where it stops
    // growing.
    RetryPolicy backoff(Duration initial, double factor = 2, Duration maximum = std::chrono::seconds(30)) const;

    // The part of a delay, between 0 and 1, that is left to chance: a delay d becomes anything from d·(1 - fraction) to
    // d, so that those who failed together do not come back together. The kernel's random source decides, which is a
    // seed in simulations.
    RetryPolicy jitter(double fraction) const;

    // A bound for the whole, from when it starts: an attempt that runs when it passes is cancelled, joined, and failed
    // by a TimeoutError; a wait that would reach it is not begun, for nothing could follow.
    RetryPolicy within(Duration bound) const;

    // Which failures are worth another attempt; all are, unless said. `Cancelled` never is.
    template <std::predicate<const Failure&> F>
    RetryPolicy only_if(F&& predicate) const {
        detail::guard_callable<F>();
        return with(Predicate(std::forward<F>(predicate)));
    }
    template <class... E>
    RetryPolicy only_on() const {
        return with(Predicate([](const Failure& failure) { return failure.check<E...>(); }));
    }

    // Called before each wait, to write it down, say. What it throws ends the retrying, and is thrown.
    template <std::invocable<const FailedAttempt&> F>
    RetryPolicy before_wait(F&& hook) const {
        detail::guard_callable<F>();
        return with(Hook(std::forward<F>(hook)));
    }

    // How many of the earlier failures are kept, the latest ones, to ride along with the last: 16 unless said.
    RetryPolicy remember(std::size_t failures) const;

    // The delay after so many failed attempts, before chance has its part.
    Duration delay_after(unsigned failed_attempts) const noexcept;

private:
    friend class RetryProgress;
    using Predicate = std::function<bool(const Failure&)>;
    using Hook = std::function<void(const FailedAttempt&)>;

    RetryPolicy with(Predicate predicate) const;
    RetryPolicy with(Hook hook) const;

    unsigned attempts_ = 3;
    Duration initial_ = std::chrono::milliseconds(100);
    double factor_ = 2;
    Duration maximum_ = std::chrono::seconds(30);
    double jitter_ = 0.5;
    std::optional<Duration> bound_;
    Predicate predicate_;
    Hook hook_;
    std::size_t remembered_ = 16;
};

} // namespace corduroy
