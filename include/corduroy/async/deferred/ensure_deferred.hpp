#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/deferred_task.hpp>
#include <corduroy/async/task.hpp>

#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

// Starts a Task, or what a builder makes, in the task group that is ambient here, main's in the end, and gives a
// Deferred for its result (Twisted's ensureDeferred). A Deferred is passed through. The Task begins in a coming turn,
// and the group ends no sooner than the Task does; its failure is the Deferred's and not the group's. Dropping the
// Deferred leaves the Task running and its failure reported. Throws where no reactor runs.
template <IntoTask Awaitable>
    requires(!detail::is_deferred<std::remove_cvref_t<Awaitable>>)
Deferred<task_value_t<Awaitable>> ensure_deferred(Awaitable&& awaitable,
                                                  std::source_location site = std::source_location::current()) {
    return detail::DeferredAccess::make(detail::start_deferred(to_task(std::forward<Awaitable>(awaitable)), site));
}
template <class T>
Deferred<T> ensure_deferred(Deferred<T>&& deferred) noexcept {
    return std::move(deferred);
}

namespace detail {

// Keeps what made the Task alive as long as the Task runs.
template <class F, class... Arguments>
auto call_and_await(F f, Arguments... arguments) -> Task<task_value_t<std::invoke_result_t<F&, Arguments&&...>>> {
    co_return co_await std::invoke(f, std::move(arguments)...);
}

} // namespace detail

// Calls `f(arguments…)` and gives a Deferred, whatever it does: one that has fired where f returns a value or throws,
// its own where it returns a Deferred; where it returns a Task, f is called when that starts, by `ensure_deferred`.
// (Twisted's maybeDeferred.)
template <class F, class... Arguments>
    requires std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>...>
auto maybe_deferred(F&& f, Arguments&&... arguments)
    -> Deferred<detail::deferred_value_t<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Arguments>...>>> {
    using Returned = std::invoke_result_t<std::decay_t<F>&, std::decay_t<Arguments>...>;
    if constexpr (IntoTask<Returned> && !detail::is_deferred<std::remove_cvref_t<Returned>>) {
        detail::guard_callable<F>();
        return ensure_deferred(detail::call_and_await<std::decay_t<F>, std::decay_t<Arguments>...>(
            std::forward<F>(f), std::forward<Arguments>(arguments)...));
    } else {
        return succeed().add_callback([&]() -> Returned {
            std::decay_t<F>& callable = const_cast<std::decay_t<F>&>(f);
            return std::invoke(callable, std::decay_t<Arguments>(std::forward<Arguments>(arguments))...);
        });
    }
}

} // namespace corduroy
