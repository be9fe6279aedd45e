#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/task.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// What `run` of a Lock or a Semaphore gives where the callable gives a Made.
template <class Made>
struct RunValue {
    using type = Made;
};
template <IntoTask Made>
struct RunValue<Made> {
    using type = task_value_t<Made>;
};

template <class T, class Acquire, class Callable>
Task<T> acquire_and_run(Acquire acquire, Callable callable) {
    auto held = co_await std::move(acquire);
    if constexpr (IntoTask<std::invoke_result_t<Callable&>>)
        co_return co_await std::invoke(callable);
    else
        co_return std::invoke(callable);
}

// Acquires, calls and awaits. The callable is kept alive meanwhile.
template <class Acquire, class Callable>
auto run_holding(Acquire acquire, Callable&& callable) {
    guard_callable<Callable>();
    using Made = std::invoke_result_t<std::decay_t<Callable>&>;
    return acquire_and_run<typename RunValue<Made>::type, Acquire, std::decay_t<Callable>>(
        std::move(acquire), std::forward<Callable>(callable));
}

} // namespace corduroy::detail
