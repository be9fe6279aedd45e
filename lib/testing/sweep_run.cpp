#include "testing/sweep_run.hpp"

#include "testing/host_programs.hpp"
#include "testing/sweep_watch.hpp"

#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/frame_pool.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <new>

namespace corduroy::sweep {

Reactor& Trial::reactor() noexcept { return *run_.reactor_; }
sim::SimKernel& Trial::kernel() noexcept { return *run_.simulated_; }
sim::World& Trial::world() noexcept { return *run_.world_; }

void Trial::expect(bool condition, std::string_view claim) {
    Unwatched sweeping;
    if (!condition) run_.complain("this did not hold: " + std::string(claim));
}

Task<> Trial::disturb(std::function<Task<>()> work) {
    if (run_.disturbed_) run_.complain("the scenario disturbs more than one part of itself");
    CancelScope scope;
    auto body = [&](TaskGroup&) -> Task<> {
        run_.arm(scope);
        co_await work();
        completed_ = true;
    };
    Task<> task = with_task_group(body);
    auto outcome = co_await corduroy::detail::in_scope(scope, task);
    run_.disarm();
    Failure failure = outcome ? Failure() : outcome.failure();
    if (failure.cancelled() && scope.cancelled()) failure = {};
    run_.judge(failure, completed_);
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
    current_step.substitute = nullptr;
    kernel_->clear();
}

void Run::complain(std::string_view fault) {
    Unwatched sweeping;
    faults_.emplace_back(fault);
}

void Run::judge(const Failure& failure, bool completed) {
    bool cancels = cancel_at_ != 0 || cancel_when_held_;
    bool disturbed = cancels || raise_at_ != 0 || refuse_at_ != 0 || fault_;
    if (!disturbed) {
        if (!completed) complain("undisturbed, it did not come to its end: " + failure.message());
    } else if (cancels) {
        if (failure) complain("cancelled, it ended with an error: " + failure.message());
    } else if (!completed && !failure) {
        complain("it ended without an error, and not at its end");
    } else if (failure && !failure.check<std::exception>() && failure.exception() != substitute_.exception) {
        complain("it failed with what is no error: " + failure.message());
    } else if (failure && refuse_at_ != 0 && !tells_of_memory(failure)) {
        complain("out of memory, it failed for another reason: " + failure.message());
    }
}

bool Run::tells_of_memory(const Failure& failure) const {
    auto tells = [](const Failure& told) {
        std::string message = told.message();
        return told.check<std::bad_alloc>() || message.find("bad_alloc") != std::string::npos ||
               message.find("memory") != std::string::npos;
    };
    if (tells(failure)) return true;
    std::vector<Failure> others = failure.suppressed();
    others.insert(others.end(), unhandled_.begin(), unhandled_.end());
    return std::any_of(others.begin(), others.end(), tells);
}

// What no coroutine submits, a send of bytes that were written soon above all, may be the work's.
bool Run::of_other_work() const noexcept {
    if (current_step.task != nullptr) return !scope_->encloses(current_step.task->scope());
    const CancelScope* scope = current_step.scope; // of a callback, of all main where it has none of its own
    return scope != nullptr && !scope_->encloses(*scope) && !scope->encloses(*scope_);
}

void Run::after_task_step(const TaskView& task) {
    Unwatched sweeping;
    if (scope_ == nullptr || task.state() == TaskState::ended) return;
    const TaskPromiseBase& innermost = *task.coroutines().back();
    if (!scope_->encloses(innermost.scope())) return;
    suspensions_.push_back(innermost.site());
    if (suspensions_.size() == cancel_at_) scope_->cancel("by the sweep");
    raise_in(task, innermost);
}

// A wait that succeeds though it was ended delivers what came; the Task then throws where it waits next.
void Run::raise_in(const TaskView& task, const TaskPromiseBase& innermost) {
    Waiter* wait = innermost.scope().wait_of(innermost);
    if (wait == nullptr) return;
    waits_.push_back(innermost.site());
    if (waits_.size() == raise_at_) raises_in_ = task.number();
    bool raised = substitute_.coroutine != nullptr && current_step.substitute == nullptr;
    if (raises_in_ != task.number() || raised) return;
    substitute_.coroutine = &innermost;
    current_step.substitute = &substitute_;
    wait->cancel();
}

// What is asked for outside of any coroutine, as what is done at a completion, may be the work's.
bool Run::refuses_memory() noexcept {
    if (scope_ == nullptr || of_other_work()) return false;
    allocations_.push_back(current_step.task != nullptr ? current_step.task->site() : std::source_location());
    return allocations_.size() == refuse_at_;
}

bool Run::freed(const void* begin, const void* end) noexcept {
    const kernel::Description* what = kernel_->working_on(begin, end);
    if (what != nullptr) complain("it freed memory that the kernel still works on: " + kernel::operation_text(*what));
    return what == nullptr;
}

class Run::Memory final : public MemoryWatch {
public:
    explicit Memory(Run& run) noexcept : run_(run) {}

    bool refuses() noexcept override { return run_.refuses_memory(); }
    bool freed(const void* begin, const void* end) noexcept override { return run_.freed(begin, end); }

private:
    Run& run_;
};

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
    corduroy::detail::FramePoolPause pause; // so that each frame is allocated, and freed, by itself
    auto simulated = std::make_unique<sim::SimKernel>(settings_.kernel);
    simulated_ = simulated.get();
    auto faulty = std::make_unique<testing::FaultyKernel>(std::move(simulated));
    kernel_ = faulty.get();
    kernel_->only([this](const kernel::Description&) { return scope_ != nullptr && !of_other_work(); });
    kernel_->on_submit([this](const kernel::Description& what, const testing::Fault*) { operations_.push_back(what); });
    Reactor reactor(std::move(faulty));
    reactor_ = &reactor;
    sim::World world(reactor, *simulated_);
    world_ = &world;
    reactor.on_unhandled([this](const Failure& failure, std::string_view) { // of what it was made to do wrong
        Unwatched sweeping;
        unhandled_.push_back(failure);
    });
    Memory memory(*this);
    reactor.add_instrument(*this);
    try {
        corduroy::run(reactor, play());
    } catch (const std::exception& error) {
        complain("the scenario failed: " + std::string(error.what()));
    } catch (const Cancelled&) {
        complain("the cancellation went further than the work");
    }
    reactor.remove_instrument(*this);
    if (Failure failure = world.programs().failure()) complain("a host's program failed: " + failure.message());
    if (!disturbed_ && faults_.empty()) complain("the scenario disturbs nothing: co_await trial.disturb(work)");
    look_for_leaks();
}

} // namespace corduroy::sweep
