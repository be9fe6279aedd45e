#include <corduroy/async/root_task.hpp>

#include <corduroy/async/ambient_scope.hpp>
#include <corduroy/async/attempt.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include "async/inspect/debugger_table.hpp"
#include "async/inspect/slow_step_watch.hpp"
#include "async/inspect/trace.hpp"

#include <utility>

namespace corduroy {

namespace {

// Starting a Task needs the reactor to be the current one, before it turns.
class CurrentReactor {
public:
    CurrentReactor(Reactor& reactor, detail::Program& program) noexcept : reactor_(reactor) {
        current_step.reactor = &reactor;
        reactor.set_program(&program);
    }
    CurrentReactor(const CurrentReactor&) = delete;
    CurrentReactor& operator=(const CurrentReactor&) = delete;
    ~CurrentReactor() {
        reactor_.set_program(nullptr);
        current_step.reactor = nullptr;
    }

private:
    Reactor& reactor_;
};

} // namespace

RootTask* RootTask::current() noexcept {
    Reactor* reactor = Reactor::current_or_null();
    return reactor == nullptr ? nullptr : static_cast<RootTask*>(reactor->program());
}

void RootTask::run() {
    if (Reactor::current_or_null() != nullptr)
        fatal("run was called on a thread where a reactor runs already; co_await the Task instead");
    CurrentReactor current(reactor_, *this);
    AmbientScope ambient(group_.scope()); // of callbacks that no coroutine runs
    detail::keep_debugger_table();
    begin_instruments();
    End end("main");
    main_.start_owned(end, group_.scope());
    turn_until(end.reached);
    run_triggers(ShutdownPhase::before);
    if (main_.failure()) scope_.cancel();
    turn_until(group_.none_running_);
    run_triggers(ShutdownPhase::during);
    end_background();
    if (!triggers_[static_cast<int>(ShutdownPhase::after)].empty()) {
        run_triggers(ShutdownPhase::after);
        end_background();
    }
    if (const Failure& failure = group_.failures_.first())
        reactor_.report_unhandled(failure, "a Task spawned into the root group");
    if (given_up_) std::rethrow_exception(given_up_);
}

Failure RootTask::failure() const {
    if (stop_asked_ && main_.failure() && main_.failure().cancelled())
        return Failure::of(CancelledError("the reactor was stopped before main had ended"));
    return main_.failure();
}

void RootTask::stop() noexcept {
    stop_asked_ = true;
    scope_.cancel("the reactor was stopped");
}

void RootTask::watch_steps(Duration bound) noexcept {
    slow_steps_.reset();
    if (bound <= Duration::zero()) return;
    slow_steps_ = std::make_unique<detail::SlowStepWatch>(reactor_, bound);
    reactor_.add_instrument(*slow_steps_);
}

// Those that the environment asks for, in a program that one may not have written.
void RootTask::begin_instruments() {
    Duration bound = reactor_.slow_step();
    if (auto asked = detail::slow_step_of_environment(reactor_)) bound = *asked;
    watch_steps(bound);
    if ((trace_ = detail::trace_of_environment(reactor_))) reactor_.add_instrument(*trace_);
}

void RootTask::turn_until(const bool& done) {
    try {
        reactor_.run_until(done);
    } catch (...) {
        // The kernel gave up (a simulated one sees a deadlock): unwind the coroutines before the caller hears of it.
        if (!given_up_) given_up_ = std::current_exception();
        scope_.cancel();
        shutdown_scope_.cancel();
        reactor_.run_until(done);
    }
}

// The services' end may call back, and that spawn again, and so may what other threads posted at the last moment.
void RootTask::end_background() {
    do {
        turn_until(group_.none_running_);
        reactor_.stop_services();
        reactor_.end_running();
    } while (!group_.none_running_);
}

void RootTask::add_trigger(ShutdownPhase phase, std::shared_ptr<ShutdownTrigger::Entry> entry) {
    int index = static_cast<int>(phase);
    if (index < phases_over_) throw Error("add_shutdown_trigger was called for a phase that is over");
    triggers_[index].push_back(std::move(entry));
}

void RootTask::run_triggers(ShutdownPhase phase) {
    Triggers& triggers = triggers_[static_cast<int>(phase)];
    if (!triggers.empty()) {
        Task<> task = call_triggers(triggers);
        End end("shutdown trigger");
        task.promise().start_owned(end, shutdown_scope_);
        turn_until(end.reached);
    }
    phases_over_ = static_cast<int>(phase) + 1;
}

Task<> RootTask::call_triggers(Triggers& triggers) {
    for (std::size_t i = 0; i < triggers.size(); ++i) { // a trigger may add others
        auto trigger = std::move(triggers[i]);
        if (!trigger->call) continue;
        auto call = std::exchange(trigger->call, {});
        auto body = [&](TaskGroup&) -> Task<> {
            std::optional<Task<>> task = call();
            if (task) co_await std::move(*task);
        };
        auto whole = [&]() -> Task<> {
            co_await with_task_group(body);
            co_await checkpoint_if_cancelled(); // what it left in the background was cut off
        };
        auto outcome = co_await attempt(timeout(trigger->bound, whole));
        if (!outcome)
            reactor_.report_unhandled(outcome.failure(), "a shutdown trigger added at " + site_text(trigger->site));
    }
    triggers.clear();
}

} // namespace corduroy
