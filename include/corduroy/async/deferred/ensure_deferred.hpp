#pragma once

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/deferred_task.hpp>
#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/task.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

// Starts a Task, or what a builder makes, in the task group that is ambient here, main's in the end, and gives a
// Deferred for its result (Twisted's ensureDeferred). A Deferred is passed through, and a
// SharedDeferred forked. The Task begins in a coming turn,
// and the group ends no sooner than the Task does; its failure is the Deferred's and not the group's. Dropping the
// Deferred leaves the Task running and its failure reported. Throws where no reactor runs.
template <IntoTask Awaitable>
    requires(!detail::is_any_deferred<std::remove_cvref_t<Awaitable>>)
Deferred<task_value_t<Awaitable>> ensure_deferred(Awaitable&& awaitable,
                                                  std::source_location site = std::source_location::current()) {
    return detail::DeferredAccess::make(detail::start_deferred(to_task(std::forward<Awaitable>(awaitable)), site));
}
template <class T>
Deferred<T> ensure_deferred(Deferred<T>&& deferred) noexcept {
    return std::move(deferred);
}
template <class T>
Deferred<T> ensure_deferred(const SharedDeferred<T>& shared,
                            std::source_location site = std::source_location::current()) {
    return shared.fork(site);
}

} // namespace corduroy
