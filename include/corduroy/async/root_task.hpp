#pragma once

#include <corduroy/async/shutdown_trigger.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/reactor/instrument.hpp>
#include <corduroy/reactor/program.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <exception>
#include <memory>
#include <string_view>
#include <vector>

namespace corduroy {

// Runs a program's outermost coroutine: the main work, then the root group's background work (cancelled first where the
// main work failed or was cancelled), then the services' end (law 8), with the shutdown triggers in their places
// between these. What `run`, `react` and `sim::run` stand on.
class RootTask final : private detail::Program {
public:
    RootTask(Reactor& reactor, TaskPromiseBase& main) noexcept : reactor_(reactor), main_(main) {}

    // The one whose reactor runs on this thread; null where none does.
    static RootTask* current() noexcept;

    // Returns when all has ended.
    void run();
    // Cancels the main work and all in the background; `run` returns when they have ended.
    void cancel(std::string_view reason = {}) noexcept { scope_.cancel(reason); }

    // Whether `Reactor::stop` was called, which cancels likewise.
    bool stop_asked() const noexcept { return stop_asked_; }
    // How the main work failed, or empty; where `stop` cancelled it, a CancelledError that says so.
    Failure failure() const;

private:
    friend class ShutdownTrigger;
    using Triggers = std::vector<std::shared_ptr<ShutdownTrigger::Entry>>;
    static constexpr int phases = 3;

    // Notes the end of a Task that has no other owner.
    class End final : public TaskOwner {
    public:
        explicit End(const char* role) noexcept : TaskOwner(role, nullptr) {}
        void task_ended(TaskPromiseBase&) noexcept override { reached = true; }
        bool reached = false;
    };

    void stop() noexcept override;
    void watch_steps(Duration bound) noexcept override;
    void begin_instruments();
    void turn_until(const bool& done);
    void add_trigger(ShutdownPhase phase, std::shared_ptr<ShutdownTrigger::Entry> entry);
    void run_triggers(ShutdownPhase phase);
    Task<> call_triggers(Triggers& triggers);
    void end_background();

    Reactor& reactor_;
    TaskPromiseBase& main_;
    CancelScope scope_{nullptr, CancelScope::Shield::no};
    CancelScope shutdown_scope_{nullptr, CancelScope::Shield::no};
    TaskGroup group_{&scope_};
    Triggers triggers_[phases];
    int phases_over_ = 0;
    bool stop_asked_ = false;
    std::exception_ptr given_up_; // why the kernel gave up
    std::unique_ptr<Instrument> slow_steps_;
    std::unique_ptr<Instrument> trace_;
};

} // namespace corduroy
