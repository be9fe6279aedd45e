#pragma once

#include <corduroy/async/deferred/deferred_core.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/delayed_call.hpp>

#include <functional>
#include <utility>

namespace corduroy::detail {

// The timer of add_timeout: cancels the chain before its state, once, if the result has not come by then.
class TimeoutTimer {
public:
    explicit TimeoutTimer(Duration bound) noexcept : bound_(bound) {}
    TimeoutTimer(TimeoutTimer&&) noexcept = default;
    ~TimeoutTimer() {
        if (call_.active()) call_.cancel();
    }

    void start(DeferredCore& core);
    bool passed() const noexcept { return passed_; }
    Duration bound() const noexcept { return bound_; }
    // A CancelledError as the TimeoutError that it is; other failures as they are.
    Failure explain(const Failure& failure) const;

private:
    Duration bound_;
    DelayedCall call_;
    const DeferredCore* core_ = nullptr;
    bool passed_ = false;
};

// What stands behind a chain with a time-out: it is concerned only once that has passed.
struct TimeoutHandler {
    TimeoutTimer timer;
    static constexpr bool takes_value = false;
    static constexpr bool takes_failure = true;
    void start(DeferredCore& core) { timer.start(core); }
    bool concerned() const noexcept { return timer.passed(); }
    Failure failure(const Failure& failure) { return timer.explain(failure); }
};
// The same with a function of the user's.
template <class T, class F>
struct TimeoutHookHandler {
    TimeoutTimer timer;
    F on_timeout;
    static constexpr bool takes_value = true;
    static constexpr bool takes_failure = true;
    void start(DeferredCore& core) { timer.start(core); }
    bool concerned() const noexcept { return timer.passed(); }
    template <class... Value>
    decltype(auto) value(Value&&... value) {
        return std::invoke(on_timeout, Result<T>(std::forward<Value>(value)...), timer.bound());
    }
    decltype(auto) failure(const Failure& failure) {
        return std::invoke(on_timeout, Result<T>(failure), timer.bound());
    }
};

} // namespace corduroy::detail
