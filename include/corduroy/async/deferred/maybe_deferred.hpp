#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>

#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class F, class... Arguments>
using called_t = std::invoke_result_t<std::decay_t<F>&, std::decay_t<Arguments>...>;

// Keeps what made the Task alive as long as the Task runs.
template <class F, class... Arguments>
auto call_and_await(F f, Arguments... arguments) -> Task<task_value_t<std::invoke_result_t<F&, Arguments&&...>>> {
    co_return co_await std::invoke(f, std::move(arguments)...);
}

// A Deferred that has fired with what `call` returns or throws.
template <class Call>
auto fire_with_call(Call call, const std::source_location& site) {
    using Returned = decltype(call());
    Deferred<deferred_value_t<Returned>> deferred(site);
    try {
        if constexpr (std::is_void_v<Returned>) {
            call();
            deferred.callback(site);
        } else {
            deferred.callback(call(), site);
        }
    } catch (...) {
        deferred.errback(site);
    }
    return deferred;
}

template <class F, class... Arguments>
auto maybe_deferred_at(const std::source_location& site, F&& f, Arguments&&... arguments) {
    using Returned = called_t<F, Arguments...>;
    auto call = [&]() -> Returned {
        return std::invoke(const_cast<std::decay_t<F>&>(f),
                           std::decay_t<Arguments>(std::forward<Arguments>(arguments))...);
    };
    if constexpr (is_any_deferred<std::remove_cvref_t<Returned>>) {
        using T = deferred_value_t<Returned>;
        try {
            return ensure_deferred(call());
        } catch (...) {
            return fail<T>(Failure::current(), site);
        }
    } else if constexpr (IntoTask<Returned>) {
        guard_callable<F>();
        return ensure_deferred(call_and_await<std::decay_t<F>, std::decay_t<Arguments>...>(
                                   std::forward<F>(f), std::forward<Arguments>(arguments)...),
                               site);
    } else {
        return fire_with_call(call, site);
    }
}

} // namespace detail

// Calls `f(arguments…)` and gives a Deferred, whatever it does: one that has fired where f returns a value, a Result or
// nothing, or throws; f's own where it returns a Deferred; where it returns a Task, f is called when that starts, by
// `ensure_deferred`. Called with f alone, it notes where; prefer that where f is a lambda anyway. (Twisted's
// maybeDeferred.)
template <class F>
    requires std::is_invocable_v<std::decay_t<F>&>
auto maybe_deferred(F&& f, std::source_location site = std::source_location::current()) {
    return detail::maybe_deferred_at(site, std::forward<F>(f));
}
template <class F, class... Arguments>
    requires(sizeof...(Arguments) > 0 && std::is_invocable_v<std::decay_t<F>&, std::decay_t<Arguments>...>)
auto maybe_deferred(F&& f, Arguments&&... arguments) {
    return detail::maybe_deferred_at({}, std::forward<F>(f), std::forward<Arguments>(arguments)...);
}

// Calls f now and gives a Deferred that has fired with what it returned or threw: for a synchronous function where a
// Deferred is wanted. (Twisted's execute, whose arguments are the captures of f here.)
template <class F>
    requires std::is_invocable_v<F&>
auto execute(F&& f, std::source_location site = std::source_location::current()) {
    using Returned = std::remove_cvref_t<std::invoke_result_t<F&>>;
    static_assert(!detail::is_any_deferred<Returned> && !IntoTask<Returned>,
                  "execute is for a function that is done when it returns; maybe_deferred is for any");
    return detail::fire_with_call([&]() -> std::invoke_result_t<F&> { return std::invoke(f); }, site);
}

} // namespace corduroy
