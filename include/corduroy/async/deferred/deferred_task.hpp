#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>

#include <source_location>
#include <utility>

namespace corduroy::detail {

// The group that background work joins here. Throws where there is none: no reactor runs.
TaskGroup& ambient_group();
// How a Task failed, as a Deferred says it: a cancellation of the Task alone is an ordinary failure.
Failure explain_task_failure(const Failure& failure, const CancelScope& scope, const std::source_location& created);

// The state of a Deferred that a Task fires. Cancelling it cancels the Task, which fires it when it has unwound.
template <class T>
class DeferredTaskState final : public DeferredState<T> {
public:
    explicit DeferredTaskState(const std::source_location& created) noexcept
        : DeferredState<T>(DeferredCore::Kind::task, created), created_(created) {}

    void task_starts(CancelScope& scope) noexcept {
        scope_ = &scope;
        if (cancelled_) scope.cancel();
    }
    void task_ended(Result<T> outcome) noexcept {
        CancelScope& scope = *std::exchange(scope_, nullptr);
        try {
            if (!outcome) outcome = explain_task_failure(outcome.failure(), scope, created_);
            this->set_result(std::move(outcome));
        } catch (...) {
            this->set_failure(Failure::current());
        }
        this->run();
    }

private:
    const CancelScope* task_scope() const noexcept override { return scope_; }
    void cancel_source(const std::source_location&) noexcept override {
        cancelled_ = true;
        if (scope_ != nullptr) scope_->cancel(this->cancel_reason());
    }

    std::source_location created_;
    CancelScope* scope_ = nullptr; // the Task's, while it runs
    bool cancelled_ = false;
};

// Fails never: what the Task comes to is the Deferred's.
template <class T>
Task<> drive_deferred(Task<T> task, DeferredRef<DeferredTaskState<T>> state) {
    CancelScope scope;
    state->task_starts(scope);
    Result<T> outcome = co_await in_scope(scope, task);
    state->task_ended(std::move(outcome));
}

// Starts the Task in the ambient group.
template <class T>
DeferredRef<DeferredState<T>> start_deferred(Task<T> task, const std::source_location& site) {
    TaskGroup& group = ambient_group();
    DeferredRef<DeferredTaskState<T>> state(new DeferredTaskState<T>(site));
    group.spawn_unlimited(drive_deferred(std::move(task), state));
    return DeferredRef<DeferredState<T>>(state.get());
}

} // namespace corduroy::detail
