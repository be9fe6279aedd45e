#include "testing/sweep_run.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/names.hpp>

#include <chrono>
#include <exception>

namespace corduroy::sweep {

Reactor& Trial::reactor() noexcept { return *run_.reactor_; }
sim::SimKernel& Trial::kernel() noexcept { return *run_.simulated_; }

void Trial::expect(bool condition, std::string_view claim) {
    if (!condition) run_.complain("this did not hold: " + std::string(claim));
}

Task<> Trial::disturb(std::function<Task<>()> work) {
    if (run_.disturbed_) run_.complain("the scenario disturbs more than one part of itself");
    auto body = [&](TaskGroup& group) -> Task<> {
        run_.arm(group.scope());
        co_await work();
        completed_ = true;
    };
    auto whole = [&]() -> Task<> { co_await with_task_group(body); };
    auto outcome = co_await attempt(whole());
    run_.disarm();
    run_.judge(outcome ? Failure() : outcome.failure(), completed_);
}

void Run::arm(CancelScope& scope) {
    scope_ = &scope;
    disturbed_ = true;
    if (!fault_) return;
    fault_->nth(strike_at_);
    kernel_->add(*fault_);
    kernel_->on_held([this] {
        if (cancel_when_held_ && scope_ != nullptr) scope_->cancel("by the sweep");
    });
}

void Run::disarm() noexcept {
    scope_ = nullptr;
    kernel_->clear();
}

void Run::judge(const Failure& failure, bool completed) {
    bool cancels = cancel_at_ != 0 || cancel_when_held_;
    if (!cancels && !fault_) {
        if (!completed) complain("undisturbed, it did not come to its end: " + failure.message());
    } else if (cancels) {
        if (failure) complain("cancelled, it ended with an error: " + failure.message());
    } else if (!completed && !failure) {
        complain("it ended without an error, and not at its end");
    } else if (failure && !failure.check<std::exception>()) {
        complain("it failed with what is no error: " + failure.message());
    }
}

// What no coroutine submits, a send of bytes that were written soon above all, may be the work's.
bool Run::of_other_work() const noexcept {
    return current_step.task != nullptr && !scope_->encloses(current_step.task->scope());
}

void Run::after_task_step(const TaskView& task) {
    if (scope_ == nullptr || task.state() == TaskState::ended) return;
    const TaskPromiseBase& innermost = *task.coroutines().back();
    if (!scope_->encloses(innermost.scope())) return;
    ++suspensions_;
    if (cancel_at_ == 0) sites_.push_back(site_text(innermost.site()));
    if (suspensions_ == cancel_at_) scope_->cancel("by the sweep");
}

// The other work: it sleeps, ever longer, and must wake to the nanosecond.
Task<> Run::stand_by() {
    Duration pause = std::chrono::milliseconds(1);
    TimePoint start = reactor_->now();
    for (TimePoint due = start + pause; !stopping_; due += pause *= 2) {
        co_await sleep_until(due);
        if (reactor_->now() != due) complain("other work was held up");
        if (due - start > settings_.time_limit) throw Error("it has not ended, and never will");
    }
}

Task<> Run::play() {
    auto body = [this](TaskGroup& group) -> Task<> {
        group.spawn(stand_by());
        co_await scenario_(trial_);
        stopping_ = true;
        group.cancel();
    };
    co_await with_task_group(body);
}

void Run::look_for_leaks() {
    ReactorStats stats = reactor_->stats();
    auto check = [this](std::size_t count, const char* what) {
        if (count != 0) complain("it left " + std::to_string(count) + " of these behind: " + what);
    };
    check(stats.tasks, "Tasks");
    check(stats.timers, "timers");
    check(kernel_->in_flight(), "operations");
    check(kernel_->buffers_out(), "provided buffers");
    check(simulated_->open_descriptors(), "descriptors");
}

void Run::execute() {
    auto simulated = std::make_unique<sim::SimKernel>(settings_.kernel);
    simulated_ = simulated.get();
    auto faulty = std::make_unique<testing::FaultyKernel>(std::move(simulated));
    kernel_ = faulty.get();
    kernel_->only([this](const kernel::Description&) { return scope_ != nullptr && !of_other_work(); });
    kernel_->on_submit([this](const kernel::Description& what, const testing::Fault*) { operations_.push_back(what); });
    Reactor reactor(std::move(faulty));
    reactor_ = &reactor;
    reactor.on_unhandled([](const Failure&, std::string_view) {}); // of what it was made to do wrong
    reactor.add_instrument(*this);
    try {
        corduroy::run(reactor, play());
    } catch (const std::exception& error) {
        complain("the scenario failed: " + std::string(error.what()));
    } catch (const Cancelled&) {
        complain("the cancellation went further than the work");
    }
    reactor.remove_instrument(*this);
    if (!disturbed_ && faults_.empty()) complain("the scenario disturbs nothing: co_await trial.disturb(work)");
    look_for_leaks();
}

} // namespace corduroy::sweep
