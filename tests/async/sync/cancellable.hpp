#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>

#include <utility>

// Runs a Task in a scope of its own that the test can cancel at any moment.
class Cancellable {
public:
    corduroy::Task<> run(corduroy::Task<> task) {
        corduroy::CancelScope scope;
        scope_ = &scope;
        auto outcome = co_await corduroy::detail::in_scope(scope, task);
        scope_ = nullptr;
        raised_ = !outcome && outcome.failure().cancelled();
        if (!raised_) outcome.value();
    }

    void cancel() noexcept { scope_->cancel(); }

    // Whether the Task ended by raising `Cancelled`.
    bool raised() const noexcept { return raised_; }

private:
    corduroy::CancelScope* scope_ = nullptr;
    bool raised_ = false;
};
