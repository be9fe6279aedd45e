#pragma once

#include <corduroy/async/task_group.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <string_view>

namespace corduroy {

// Runs a program's outermost coroutine: the main work, then the root group's background work (cancelled first where the
// main work failed or was cancelled), then the services' end (law 8). What `run`, `react` and `sim::run` stand on.
class RootTask final : private TaskOwner {
public:
    RootTask(Reactor& reactor, TaskPromiseBase& main) noexcept : TaskOwner("main"), reactor_(reactor), main_(main) {}

    // Returns when all has ended; how the main work ended is in its promise.
    void run();
    // Cancels the main work and all in the background; `run` returns when they have ended.
    void cancel(std::string_view reason = {}) noexcept { scope_.cancel(reason); }

private:
    void task_ended(TaskPromiseBase& task) noexcept override;

    Reactor& reactor_;
    TaskPromiseBase& main_;
    CancelScope scope_{nullptr, CancelScope::Shield::no};
    TaskGroup group_{&scope_};
    bool ended_ = false;
};

} // namespace corduroy
