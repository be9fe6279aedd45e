#include <corduroy/async/root_task.hpp>

#include <corduroy/async/ambient_scope.hpp>
#include <corduroy/base/fatal.hpp>

namespace corduroy {

namespace {

// Starting a Task needs the reactor to be the current one, before it turns.
class CurrentReactor {
public:
    explicit CurrentReactor(Reactor& reactor) noexcept { current_step.reactor = &reactor; }
    CurrentReactor(const CurrentReactor&) = delete;
    CurrentReactor& operator=(const CurrentReactor&) = delete;
    ~CurrentReactor() { current_step.reactor = nullptr; }
};

} // namespace

void RootTask::run() {
    if (Reactor::current_or_null() != nullptr)
        fatal("run was called on a thread where a reactor runs already; co_await the Task instead");
    CurrentReactor current(reactor_);
    AmbientScope ambient(group_.scope()); // of callbacks that no coroutine runs
    main_.start_owned(*this, group_.scope());
    std::exception_ptr stopped;
    try {
        reactor_.run_until(ended_);
    } catch (...) {
        // The kernel gave up (a simulated one sees a deadlock): unwind the coroutines before the caller hears of it.
        stopped = std::current_exception();
        cancel();
        reactor_.run_until(ended_);
    }
    if (main_.failure()) scope_.cancel();
    do { // the end of a service may call back, and that spawn again, and so may what was posted at the last moment
        reactor_.run_until(group_.none_running_);
        reactor_.stop_services();
        reactor_.end_running();
    } while (!group_.none_running_);
    if (const Failure& failure = group_.failures_.first())
        reactor_.report_unhandled(failure, "a Task spawned into the root group");
    if (stopped) std::rethrow_exception(stopped);
}

void RootTask::task_ended(TaskPromiseBase&) noexcept { ended_ = true; }

} // namespace corduroy
