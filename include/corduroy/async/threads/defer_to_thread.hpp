#pragma once

#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>

#include <source_location>
#include <utility>

namespace corduroy {

// The same as `run_in_thread`, started now, as a Deferred: background work of the task group that is ambient here.
// Cancelling the Deferred cancels it. (Twisted's deferToThread.)
template <class F, class... Arguments>
auto defer_to_thread(F&& f, Arguments&&... arguments) {
    return ensure_deferred(run_in_thread(std::forward<F>(f), std::forward<Arguments>(arguments)...));
}

// The same for its effect alone: what the function returns is dropped, and what it throws is reported. (Twisted's
// callInThread.)
template <class F, class... Arguments>
void call_in_thread(F&& f, Arguments&&... arguments) {
    static_cast<void>(defer_to_thread(std::forward<F>(f), std::forward<Arguments>(arguments)...));
}

} // namespace corduroy
