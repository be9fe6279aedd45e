#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/reactor/instrument.hpp>
#include <corduroy/testing/faulty_kernel.hpp>
#include <corduroy/testing/sweep.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace corduroy::sweep {

// One run of a scenario, with one disturbance at most.
class Run final : private Instrument {
public:
    Run(const Scenario& scenario, const Settings& settings) : scenario_(scenario), settings_(settings) {}

    // Cancels at the n-th suspension, from 1.
    void cancel_at(std::uint64_t n) noexcept { cancel_at_ = n; }
    // Has a fault befall the n-th operation; and, where wanted, cancels when it is held.
    void strike(std::uint64_t n, const testing::Fault& fault, bool and_cancel) {
        strike_at_ = n;
        fault_ = fault;
        cancel_when_held_ = and_cancel;
    }

    void execute();

    std::uint64_t suspensions() const noexcept { return suspensions_; }
    // The operations of the work, in the order of submission; and where it suspended.
    const std::vector<kernel::Description>& operations() const noexcept { return operations_; }
    const std::vector<std::string>& sites() const noexcept { return sites_; }
    const std::vector<std::string>& faults() const noexcept { return faults_; }

private:
    friend class Trial;

    void after_task_step(const TaskView& task) override;
    void arm(CancelScope& scope);
    void disarm() noexcept;
    bool of_other_work() const noexcept;
    void complain(std::string fault) { faults_.push_back(std::move(fault)); }
    void judge(const Failure& failure, bool completed);
    Task<> play();
    Task<> stand_by();
    void look_for_leaks();

    const Scenario& scenario_;
    const Settings& settings_;
    std::uint64_t cancel_at_ = 0;
    std::uint64_t strike_at_ = 0;
    std::optional<testing::Fault> fault_;
    bool cancel_when_held_ = false;

    Trial trial_{*this};
    Reactor* reactor_ = nullptr;
    sim::SimKernel* simulated_ = nullptr;
    testing::FaultyKernel* kernel_ = nullptr;
    CancelScope* scope_ = nullptr; // of the work, while it is disturbed
    bool disturbed_ = false;       // the scenario has come to its work
    bool stopping_ = false;
    std::uint64_t suspensions_ = 0;
    std::vector<kernel::Description> operations_;
    std::vector<std::string> sites_;
    std::vector<std::string> faults_;
};

} // namespace corduroy::sweep
