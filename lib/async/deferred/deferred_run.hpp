#pragma once

#include <corduroy/async/deferred/deferred_core.hpp>
#include <corduroy/async/deferred/shared_state.hpp>
#include <corduroy/reactor/step.hpp>

#include <utility>

namespace corduroy::detail {

// Runs callbacks, one after another and not one within another: along a chain, then those of the branches of what was
// shared in it, then those of Deferreds that were abandoned meanwhile. A callback that fires another Deferred by hand
// makes a run within this one, which ends before `callback` returns.
class DeferredRun {
public:
    DeferredRun() noexcept : outer_(std::exchange(current_step.run, this)) {}
    DeferredRun(const DeferredRun&) = delete;
    DeferredRun& operator=(const DeferredRun&) = delete;
    ~DeferredRun() { current_step.run = outer_; }

    // Runs what stands behind `first`, which has a result.
    void from(DeferredCore& first) noexcept;

    // Has a Deferred that is abandoned while this run is under way wait for its turn: callbacks may hold the next
    // Deferred in their captures, for any length.
    void add_abandoned(DeferredCore& core) noexcept {
        core.retain();
        core.before_ = std::exchange(abandoned_, &core);
    }

private:
    DeferredRef<DeferredCore> go_on(DeferredRef<DeferredCore> current) noexcept;
    DeferredRef<DeferredCore> next_root() noexcept;
    void begin_branches(DeferredCore& shared) noexcept;

    DeferredRun* outer_;
    DeferredBranches* branches_ = nullptr; // the latest on top
    DeferredCore* abandoned_ = nullptr;
};

} // namespace corduroy::detail
