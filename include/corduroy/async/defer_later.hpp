#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class F, class... Arguments>
auto call_after(Duration delay, F f, Arguments... arguments)
    -> Task<deferred_value_t<std::invoke_result_t<F&, Arguments&&...>>> {
    co_await sleep(delay);
    if constexpr (IntoTask<std::invoke_result_t<F&, Arguments&&...>>)
        co_return co_await std::invoke(f, std::move(arguments)...);
    else
        co_return std::invoke(f, std::move(arguments)...);
}

inline Task<> sleep_for(Duration delay) { co_await sleep(delay); }

} // namespace detail

// A Deferred that fires `delay` from now with what `f(arguments…)` then gives; a Task or a Deferred is awaited. It is
// background work of the task group that is ambient here, as by `ensure_deferred`. Cancelling it before its time takes
// the call back. In a coroutine `co_await sleep(delay)` is what is wanted. (Twisted's deferLater.)
template <class F, class... Arguments>
    requires std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>&&...>
auto defer_later(Duration delay, F&& f, Arguments&&... arguments) {
    detail::guard_callable<F>();
    return ensure_deferred(detail::call_after<std::decay_t<F>, std::decay_t<Arguments>...>(
        delay, std::forward<F>(f), std::forward<Arguments>(arguments)...));
}
inline Deferred<> defer_later(Duration delay) { return ensure_deferred(detail::sleep_for(delay)); }

} // namespace corduroy
