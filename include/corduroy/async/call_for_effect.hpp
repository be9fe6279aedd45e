#pragma once

#include <corduroy/async/task.hpp>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

template <class T>
Task<> drop_value(Task<T> task) {
    static_cast<void>(co_await std::move(task));
}
inline Task<> drop_value(Task<> task) { return task; }

// Calls a function whose value nobody wants: gives the Task that is to be awaited, where it gave something to await.
template <class F, class... Arguments>
std::optional<Task<>> call_for_effect(F& f, Arguments&... arguments) {
    using Returned = std::invoke_result_t<F&, Arguments&...>;
    if constexpr (IntoTask<Returned>) {
        return drop_value(to_task(std::invoke(f, arguments...)));
    } else {
        static_cast<void>(std::invoke(f, arguments...));
        return std::nullopt;
    }
}

} // namespace corduroy::detail
