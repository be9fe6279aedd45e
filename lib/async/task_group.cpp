#include <corduroy/async/task_group.hpp>

#include <corduroy/base/fatal.hpp>

namespace corduroy {

TaskGroup::~TaskGroup() {
    if (running_ != 0) fatal("an exception left a task group's scope before its Tasks were joined");
}

void TaskGroup::add(Child& child) {
    if (over_) fatal("a Task was spawned into a task group that is over");
    ++running_;
    none_running_ = false;
    children_.push_back(child);
    child.start();
}

void TaskGroup::Child::task_ended(TaskPromiseBase& task) noexcept {
    TaskGroup& group = group_;
    Failure failure = task.failure();
    unlink();
    delete this;
    group.ended(failure);
}

void TaskGroup::ended(const Failure& failure) noexcept {
    if (failure && failures_.add(failure)) scope_.cancel();
    if (--running_ != 0) return;
    none_running_ = true;
    if (joined_ != nullptr) std::exchange(joined_, nullptr)->resume();
}

bool TaskGroup::raise_failures() const {
    failures_.raise(scope_);
    return scope_.cancel_called();
}

} // namespace corduroy
