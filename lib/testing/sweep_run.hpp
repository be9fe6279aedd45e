#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/async/substitute.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/reactor/instrument.hpp>
#include <corduroy/testing/faulty_kernel.hpp>
#include <corduroy/testing/sweep.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::sweep {

// One run of a scenario, with one disturbance at most.
class Run final : private Instrument {
public:
    Run(const Scenario& scenario, const Settings& settings) : scenario_(scenario), settings_(settings) {}

    // Cancels at the n-th suspension, from 1.
    void cancel_at(std::uint64_t n) noexcept { cancel_at_ = n; }
    // Has the n-th wait throw.
    void raise_at(std::uint64_t n, std::exception_ptr exception) {
        raise_at_ = n;
        substitute_.exception = std::move(exception);
    }
    // Has the n-th allocation fail.
    void refuse_at(std::uint64_t n) noexcept { refuse_at_ = n; }
    // Has a fault befall the n-th operation; and, where wanted, cancels when it is held.
    void strike(std::uint64_t n, const testing::Fault& fault, bool and_cancel) {
        strike_at_ = n;
        fault_ = fault;
        cancel_when_held_ = and_cancel;
    }

    void execute();

    // What the work did: where it suspended, and which of these waits can be ended; where the coroutine had last
    // awaited that allocated; its operations, in the order of submission. Of an undisturbed run.
    using Sites = std::vector<std::source_location>;
    const Sites& suspensions() const noexcept { return suspensions_; }
    const Sites& waits() const noexcept { return waits_; }
    const Sites& allocations() const noexcept { return allocations_; }
    const std::vector<kernel::Description>& operations() const noexcept { return operations_; }
    // What went wrong.
    const std::vector<std::string>& faults() const noexcept { return faults_; }

private:
    friend class Trial;
    class Memory;

    void after_task_step(const TaskView& task) override;
    void arm(CancelScope& scope);
    void disarm() noexcept;
    bool of_other_work() const noexcept;
    void complain(std::string_view fault);
    void raise_in(const TaskView& task, const TaskPromiseBase& innermost);
    void judge(const Failure& failure, bool completed);
    bool tells_of_memory(const Failure& failure) const;
    bool refuses_memory() noexcept;
    bool freed(const void* begin, const void* end) noexcept;
    Task<> play();
    Task<> stand_by();
    void look_for_leaks();

    const Scenario& scenario_;
    const Settings& settings_;
    std::uint64_t cancel_at_ = 0;
    std::uint64_t raise_at_ = 0;
    std::uint64_t refuse_at_ = 0;
    std::uint64_t strike_at_ = 0;
    std::optional<testing::Fault> fault_;
    bool cancel_when_held_ = false;

    Trial trial_{*this};
    Reactor* reactor_ = nullptr;
    sim::SimKernel* simulated_ = nullptr;
    sim::World* world_ = nullptr;
    testing::FaultyKernel* kernel_ = nullptr;
    CancelScope* scope_ = nullptr; // of the work, while it is disturbed
    bool disturbed_ = false;       // the scenario has come to its work
    bool stopping_ = false;
    corduroy::detail::Substitute substitute_; // what is raised
    std::uint32_t raises_in_ = 0;             // the number of the Task that is to raise it; 0 as long as there is none
    Sites suspensions_;
    Sites waits_;
    Sites allocations_;
    std::vector<kernel::Description> operations_;
    std::vector<Failure> unhandled_;
    std::vector<std::string> faults_;
};

} // namespace corduroy::sweep
