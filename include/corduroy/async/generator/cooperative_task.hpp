#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>

#include <memory>
#include <utility>

namespace corduroy {

namespace detail {

// What a computation and those who control it have in common.
struct CooperativeState {
    CooperativeState() noexcept { unpaused.set(); }

    int pauses = 0;
    Event unpaused;
    Event done;
    CancelScope* scope = nullptr; // while it runs
    bool stopped = false;
    bool completed = false;
    Failure failure;
};

// The time in which a computation runs.
class CooperativeRun {
public:
    explicit CooperativeRun(CooperativeState& state) : state_(state) {
        state_.scope = &scope_;
        if (state_.stopped) scope_.cancel();
    }
    CooperativeRun(const CooperativeRun&) = delete;
    CooperativeRun& operator=(const CooperativeRun&) = delete;
    ~CooperativeRun() {
        state_.scope = nullptr;
        state_.done.set();
    }

    CancelScope& scope() noexcept { return scope_; }

private:
    CooperativeState& state_;
    CancelScope scope_;
};

} // namespace detail

// Controls a computation that `Cooperator::cooperate` has started (Twisted's CooperativeTask). A handle: it can be
// copied, and dropping it leaves the computation running, which its group joins. Where Twisted throws, TaskDone and its
// kind, these give false.
class CooperativeTask {
public:
    explicit CooperativeTask(std::shared_ptr<detail::CooperativeState> state) noexcept : state_(std::move(state)) {}

    // Takes no further step until `resume` was called as often as this. A step that is under way goes on to its end.
    // False, and nothing happens, where it is over.
    bool pause() noexcept;
    // False where it is over, or not paused.
    bool resume() noexcept;

    // Ends it early: what its step awaits is cancelled, and its generator closed. It has ended when `when_done` says
    // so. False where it is over.
    bool stop() noexcept;

    bool done() const noexcept { return state_->done.is_set(); }

    // Waits until it is over, and gives true where it came to its end, false where it was stopped or cancelled with its
    // group. Throws what it threw, which is the failure of the group all the same. Any number may wait. (Twisted's
    // whenDone.)
    Task<bool> when_done() const;

private:
    std::shared_ptr<detail::CooperativeState> state_;
};

} // namespace corduroy
