#pragma once

#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>

#include <array>
#include <cstddef>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace corduroy {

namespace detail {

// What stands for the value of a Task in a collection: void has none of its own.
template <class T>
using Storable = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// The values of several Tasks together: an array where all are of one type, a tuple otherwise.
template <class First, class... Rest>
struct Together {
    using type = std::conditional_t<(std::is_same_v<First, Rest> && ...), std::array<First, 1 + sizeof...(Rest)>,
                                    std::tuple<First, Rest...>>;
};
template <class... T>
using together_t = typename Together<T...>::type;

template <class T>
Storable<T> take_storable(Task<T>& task) {
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return task.promise().take_value();
    }
}

// What `gather` gives for Tasks of these types.
template <class... T>
struct Gathered {
    using type = together_t<Storable<T>...>;
};
template <class... T>
    requires(std::is_void_v<T> && ...)
struct Gathered<T...> {
    using type = void;
};

template <class... T>
Task<typename Gathered<T...>::type> gather_tasks(Task<T>... tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    (set.start(tasks), ...);
    co_await set.join();
    set.raise_failures();
    if constexpr (!(std::is_void_v<T> && ...)) co_return typename Gathered<T...>::type{take_storable(tasks)...};
}

template <class T>
Task<std::vector<T>> gather_all(std::vector<Task<T>> tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    for (Task<T>& task : tasks) set.start(task);
    co_await set.join();
    set.raise_failures();
    std::vector<T> values;
    values.reserve(tasks.size());
    for (Task<T>& task : tasks) values.push_back(task.promise().take_value());
    co_return values;
}

inline Task<> gather_all(std::vector<Task<>> tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    for (Task<>& task : tasks) set.start(task);
    co_await set.join();
    set.raise_failures();
}

// The Tasks of a range of Tasks or builders, in order.
template <std::ranges::input_range Range>
auto collect_tasks(Range&& range) {
    using T = task_value_t<std::ranges::range_rvalue_reference_t<Range>>;
    std::vector<Task<T>> tasks;
    if constexpr (std::ranges::sized_range<Range>) tasks.reserve(std::ranges::size(range));
    for (auto&& element : range) tasks.push_back(to_task(std::move(element)));
    return tasks;
}

} // namespace detail

// Runs all of them side by side, started in order, and gives their values in order: an array (a tuple where the types
// differ, a vector for a range), or nothing where none has a value. At the first failure the others are cancelled and
// joined, and the failure is thrown; what else failed rides along as `suppressed()`. Cancelling it cancels and joins
// all. (Twisted's gatherResults, which neither cancels nor joins.)
template <class... Tasks>
    requires(sizeof...(Tasks) > 0) && (IntoTask<Tasks> && ...)
auto gather(Tasks&&... tasks) {
    return detail::gather_tasks(to_task(std::forward<Tasks>(tasks))...);
}

template <std::ranges::input_range Range>
auto gather(Range&& range) {
    return detail::gather_all(detail::collect_tasks(std::forward<Range>(range)));
}

} // namespace corduroy
