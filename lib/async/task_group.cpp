#include <corduroy/async/task_group.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>

#include <memory>
#include <new>
#include <string>

namespace corduroy {

GroupChild::GroupChild(TaskGroup& group)
    : TaskOwner(group.home_ != nullptr ? "spawned" : "background", group.home_), group_(group) {
    if (detail::LocalReference::current() != group.scope_.locals()) make_own_scope();
}

CancelScope& GroupChild::scope() noexcept { return own_scope_ != nullptr ? own_scope_->scope : group_.scope_; }

void GroupChild::make_own_scope() {
    if (own_scope_ != nullptr) return;
    own_scope_ = std::make_unique<OwnScope>(group_.scope_, detail::LocalReference::current());
}

void GroupChild::withdraw() noexcept { group_.withdraw(*this); }

void GroupChild::task_ended(TaskPromiseBase& task) noexcept {
    TaskGroup& group = group_;
    group.ended(*this, task.failure());
    group.go_on();
}

std::string TaskGroup::Joined::waits_for() const {
    std::string text = "join of " + std::to_string(group_.running_ + (group_.body_runs_ ? 1 : 0)) + " tasks";
    if (group_.waiting_count_ != 0) text += ", " + std::to_string(group_.waiting_count_) + " more wait for their turn";
    return text;
}

TaskGroup::~TaskGroup() {
    if (running_ != 0 || body_runs_) fatal("an exception left a task group's scope before its Tasks were joined");
}

void TaskGroup::limit(std::size_t most) {
    if (most == 0) throw Error("a task group cannot be limited to 0 children: none would ever run");
    limit_ = most;
    go_on();
}

void TaskGroup::start_body(TaskPromiseBase& task, Body& owner) {
    body_runs_ = true;
    task.start_owned(owner, scope_);
}

void TaskGroup::body_ended(const Failure& failure) noexcept {
    body_runs_ = false;
    if (failure && failures_.add(failure)) cancel_for(failure);
    go_on();
}

void TaskGroup::add(GroupChild& child) {
    if (over_ || (running_ < limit_ && waiting_.empty())) return add_unlimited(child);
    waiting_.push_back(child);
    ++waiting_count_;
}

void TaskGroup::add_unlimited(GroupChild& child) {
    std::unique_ptr<GroupChild> owned(&child);
    if (over_)
        throw Error("a Task was spawned into a task group that is over: its body and all its children had ended");
    if (!begin(*owned.release())) go_on();
}

// False where the Task could not be made, which is the child's failure.
bool TaskGroup::begin(GroupChild& child) noexcept {
    ++running_;
    none_running_ = false;
    try {
        CancelScope& scope = child.scope();
        AmbientScope ambient(scope);
        child.make().start_owned(child, scope);
        return true;
    } catch (...) {
        ended(child, Failure::current());
        return false;
    }
}

// What the child leaves behind goes first: its destruction may spawn.
void TaskGroup::ended(GroupChild& child, const Failure& failure) noexcept {
    Failure ours = child.conclude(failure);
    delete &child;
    if (ours && failures_.add(ours) && !keeps_going_) cancel_for(ours);
    if (--running_ == 0) none_running_ = true;
}

// Gives their turn to those who wait, and ends the group when nobody is left. A loop: children may fail at once.
void TaskGroup::go_on() noexcept {
    while (!waiting_.empty() && running_ < limit_) {
        GroupChild& child = waiting_.front();
        withdraw(child);
        if (!scope_.cancelled()) {
            begin(child);
        } else {
            Failure never_began = Failure::made_by([&] { return Cancelled(std::string(scope_.cancel_reason())); });
            static_cast<void>(child.conclude(never_began));
            delete &child;
        }
    }
    if (running_ != 0 || body_runs_ || joined_ == nullptr) return;
    over_ = true; // from here on, not only when with_task_group has had its turn
    std::exchange(joined_, nullptr)->resume();
}

void TaskGroup::withdraw(GroupChild& child) noexcept {
    child.unlink();
    --waiting_count_;
}

void TaskGroup::cancel_for(const Failure& failure) noexcept {
    if (scope_.cancel_called()) return;
    std::string reason;
    try {
        reason = "a Task of its group failed: " + failure.message();
    } catch (const std::bad_alloc&) {
        // Then without it.
    }
    scope_.cancel(reason);
}

void TaskGroup::raise_without_value() const {
    std::string reason(scope_.cancel_reason());
    throw CancelledError("the task group was cancelled before its body gave a value" +
                         (reason.empty() ? "" : ": " + reason));
}

} // namespace corduroy
