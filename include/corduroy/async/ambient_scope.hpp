#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/reactor/step.hpp>

#include <utility>

namespace corduroy {

// As long as it lives, what runs on this thread stands in the scope given, and in no coroutine: for callbacks, and for
// functions that make the Tasks to be run in that scope.
class AmbientScope {
public:
    explicit AmbientScope(CancelScope& scope) noexcept
        : task_(std::exchange(current_step.task, nullptr)), scope_(std::exchange(current_step.scope, &scope)) {}
    AmbientScope(const AmbientScope&) = delete;
    AmbientScope& operator=(const AmbientScope&) = delete;
    ~AmbientScope() {
        current_step.task = task_;
        current_step.scope = scope_;
    }

private:
    TaskPromiseBase* task_;
    CancelScope* scope_;
};

} // namespace corduroy
