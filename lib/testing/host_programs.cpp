#include "testing/host_programs.hpp"

#include <corduroy/async/shutdown_trigger.hpp>
#include <corduroy/async/task_promise.hpp>

#include "testing/ambient_host.hpp"

namespace corduroy::sim {

const TaskLocal<HostRecord*> ambient_host{nullptr};

namespace {

// A coroutine, so that the program lives in its frame as long as it runs.
Task<> run_on(HostRecord* host, UniqueFunction<Task<>()> program) {
    auto body = [&]() -> Task<> { return program(); };
    co_await ambient_host.with(host, body);
}

} // namespace

void HostPrograms::start(HostRecord& host, UniqueFunction<Task<>()> program) {
    if (group_ != nullptr) return spawn({&host, std::move(program)});
    waiting_.emplace_back(&host, std::move(program));
    if (main_) return;
    main_.emplace(run_all());
    main_->promise().start_owned(*this, scope_);
    auto trigger = add_shutdown_trigger(ShutdownPhase::before, [this] { return stop(); });
    trigger.set_bound(std::chrono::hours(1));
}

void HostPrograms::spawn(Program program) { group_->spawn(run_on(program.first, std::move(program.second))); }

Task<> HostPrograms::run_all() {
    auto body = [this](TaskGroup& group) -> Task<> {
        group_ = &group;
        for (Program& program : std::exchange(waiting_, {})) spawn(std::move(program));
        co_await never_.wait();
    };
    co_await with_task_group(body);
}

Task<> HostPrograms::stop() {
    scope_.cancel("the simulated program has ended");
    co_await ended_.wait();
}

Failure HostPrograms::failure() const {
    if (!main_) return {};
    Failure failure = main_->promise().failure();
    return failure && failure.cancelled() ? Failure() : failure;
}

} // namespace corduroy::sim
