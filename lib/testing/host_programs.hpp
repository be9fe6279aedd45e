#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/base/unique_function.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace corduroy::sim {

struct HostRecord;

// What runs on the simulated hosts: a tree of Tasks beside main's, which is cancelled and joined when main has ended.
class HostPrograms final : private TaskOwner {
public:
    HostPrograms() : TaskOwner("hosts", nullptr) {}

    // To be called while the reactor runs.
    void start(HostRecord& host, UniqueFunction<Task<>()> program);

    // How the first that failed did so.
    Failure failure() const;

private:
    using Program = std::pair<HostRecord*, UniqueFunction<Task<>()>>;

    Task<> run_all();
    Task<> stop();
    void spawn(Program program);
    void task_ended(TaskPromiseBase&) noexcept override { ended_.set(); }

    CancelScope scope_{nullptr, CancelScope::Shield::no};
    std::optional<Task<>> main_;
    TaskGroup* group_ = nullptr;
    std::vector<Program> waiting_; // until the group is there
    Event ended_;
    Event never_;
};

} // namespace corduroy::sim
