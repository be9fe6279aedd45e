#pragma once

#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>

#include <utility>

namespace corduroy {

namespace detail {

template <class T>
Task<Result<T>> run_attempt(Task<T> task) {
    auto outcome = co_await in_scope(current_step.task->scope(), task);
    if (!outcome && outcome.failure().cancelled()) current_step.task->rethrow(outcome.failure());
    co_return std::move(outcome);
}

} // namespace detail

// Awaits it and gives a Result instead of throwing: for the places where nothing may be awaited, a catch block above
// all. `auto page = co_await attempt(http::get(url)); if (!page) co_await apologise(page.failure());` `Cancelled`
// passes.
template <IntoTask Awaitable>
auto attempt(Awaitable&& awaitable) {
    return detail::run_attempt(to_task(std::forward<Awaitable>(awaitable)));
}

} // namespace corduroy
