#pragma once

#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/instrument.hpp>

#include <cstdint>
#include <optional>
#include <source_location>
#include <string_view>

namespace corduroy::detail {

// Warns of steps and calls that hold the loop for `bound` or longer.
class SlowStepWatch final : public Instrument {
public:
    SlowStepWatch(Reactor& reactor, Duration bound) noexcept : reactor_(reactor), bound_(bound) {}

    void before_task_step(const TaskView& task) override;
    void after_task_step(const TaskView& task) override;
    void before_call(const CallView&) override { begin(); }
    void after_call(const CallView& call) override;

private:
    void begin() noexcept;
    std::optional<Duration> too_long() const noexcept;

    Reactor& reactor_;
    Duration bound_;
    std::optional<TimePoint> began_; // none where the watch was set within the step
    std::source_location from_;      // where the innermost coroutine had waited when the step began
};

// The bound that CORDUROY_SLOW_STEP gives in milliseconds, if it gives one; what is no number is warned of.
std::optional<Duration> slow_step_of_environment(Reactor& reactor);

} // namespace corduroy::detail
