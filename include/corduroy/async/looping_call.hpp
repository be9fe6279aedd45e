#pragma once

#include <corduroy/async/call_for_effect.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

// Calls a function again and again, at regular times (Twisted's LoopingCall):
//
//     LoopingCall beat([&] { std::cout << "still here\n"; });
//     beat.start(1s);
//
// The calls are at the start and whole intervals from there, so that they do not drift; one that is late is made late,
// and those that would have come meanwhile are dropped. Where the function gives a Task or a Deferred, that is awaited
// before the next call; any other value is dropped. What it throws ends the loop.
//
// The loop runs in the task group that is ambient where it is started, as all background work does (law 8): the group
// waits for it, and it ends with `Cancelled` where the group's scope is cancelled. It is stopped by `stop`, and when
// the LoopingCall is destroyed. In a coroutine of one's own `Interval` may be what is wanted.
class LoopingCall {
public:
    // Calls `f(arguments…)`. Both are kept until the LoopingCall is gone and the loop has ended.
    template <class F, class... Arguments>
        requires(!std::is_same_v<std::decay_t<F>, LoopingCall> &&
                 std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>&...>)
    explicit LoopingCall(F&& f, Arguments&&... arguments) {
        detail::guard_callable<F>();
        auto call = [f = std::decay_t<F>(std::forward<F>(f)),
                     ... arguments = std::decay_t<Arguments>(std::forward<Arguments>(arguments))](
                        std::int64_t) mutable { return detail::call_for_effect(f, arguments...); };
        keep(std::move(call));
    }

    // Calls `f(count, arguments…)` with the number of intervals that have passed since it was called last: 1, or more
    // where calls were dropped. With an interval of zero it is always 1. (Twisted's LoopingCall.withCount.)
    template <class F, class... Arguments>
        requires std::is_invocable_v<std::decay_t<F>&, std::int64_t, std::decay_t<Arguments>&...>
    static LoopingCall with_count(F&& f, Arguments&&... arguments) {
        detail::guard_callable<F>();
        LoopingCall made;
        auto call = [f = std::decay_t<F>(std::forward<F>(f)),
                     ... arguments = std::decay_t<Arguments>(std::forward<Arguments>(arguments))](
                        std::int64_t count) mutable { return detail::call_for_effect(f, count, arguments...); };
        made.keep(std::move(call));
        return made;
    }

    LoopingCall(LoopingCall&&) noexcept = default;
    LoopingCall& operator=(LoopingCall&& other) noexcept {
        state_.swap(other.state_);
        return *this;
    }
    ~LoopingCall() { stop(); }

    // Makes the first call in a coming turn, or with `now` false after an interval, and then one every `interval`; of
    // zero, one in every turn. The Deferred that it gives fires when the loop has ended: with nothing after `stop`,
    // with the failure where a call failed; to cancel it cancels the loop, and the call that is being awaited. Throws
    // Error where the interval is negative, or the loop runs already (also while the last call after a `stop` is being
    // awaited), or no reactor runs.
    Deferred<> start(Duration interval, bool now = true, std::source_location site = std::source_location::current());

    // No further calls. One that is being awaited is not cancelled. Does nothing where the loop does not run.
    void stop() noexcept;

    // The next call is an interval from now. Does nothing where the loop does not run.
    void reset();

    // From `start` until `stop`, or until the loop has ended by itself.
    bool running() const noexcept;

private:
    struct State;
    struct Loop;
    using Call = UniqueFunction<std::optional<Task<>>(std::int64_t)>;

    LoopingCall() noexcept = default;

    void keep(Call call);
    static Task<> run(std::shared_ptr<State> state, std::shared_ptr<Loop> loop);

    std::shared_ptr<State> state_; // the loop's too
};

} // namespace corduroy
