#pragma once

#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace corduroy {

namespace detail {

// What stands for the value of a Task in a collection: void has none of its own, and a reference cannot be kept.
template <class T>
struct StorableValue {
    using type = T;
};
template <>
struct StorableValue<void> {
    using type = std::monostate;
};
template <class T>
struct StorableValue<T&> {
    using type = std::reference_wrapper<T>;
};
template <class T>
using Storable = typename StorableValue<T>::type;

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
Task<std::vector<Storable<T>>> gather_all(std::vector<Task<T>> tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    for (Task<T>& task : tasks) set.start(task);
    co_await set.join();
    set.raise_failures();
    std::vector<Storable<T>> values;
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

// How an element of a range is taken: an element of a container that is given away, and what cannot be awaited where it
// lies, a Task, is moved out; what can be, a Deferred, stays.
template <std::ranges::input_range Range>
struct RangeElement {
    using Reference = std::ranges::range_reference_t<Range>&&;
    static constexpr bool given_away = !std::is_lvalue_reference_v<Range> && !std::ranges::view<Range>;
    using type = std::conditional_t<!given_away && IntoTask<Reference>, Reference,
                                    std::ranges::range_rvalue_reference_t<Range>&&>;
};
template <class Range>
using range_element_t = typename RangeElement<Range>::type;

template <class Range>
using range_value_t = task_value_t<range_element_t<Range>>;

// A range whose elements can be awaited.
template <class Range>
concept AwaitableRange = std::ranges::input_range<Range> && IntoTask<range_element_t<Range>>;

// The Tasks of a range, in order.
template <AwaitableRange Range>
std::vector<Task<range_value_t<Range>>> collect_tasks(Range&& range) {
    std::vector<Task<range_value_t<Range>>> tasks;
    if constexpr (std::ranges::sized_range<Range>) tasks.reserve(std::ranges::size(range));
    for (auto&& element : range) tasks.push_back(to_task(static_cast<range_element_t<Range>>(element)));
    return tasks;
}

} // namespace detail

// Runs all of them side by side, started in order, and gives their values in order: an array (a tuple where the types
// differ, a vector for a range), or nothing where none has a value. At the first failure the others are cancelled and
// joined, and the failure is thrown; what else failed rides along as `suppressed()`. Cancelling it cancels and joins
// all. It takes whatever can be awaited; the elements of a range that can be awaited where they lie, such as Deferreds,
// stay, unless the range is given away, and Tasks are moved out. (Twisted's gatherResults, which neither cancels nor
// joins.)
template <class... Awaitables>
    requires(sizeof...(Awaitables) > 0) && (IntoTask<Awaitables> && ...)
auto gather(Awaitables&&... awaitables) {
    return detail::gather_tasks(to_task(std::forward<Awaitables>(awaitables))...);
}

template <detail::AwaitableRange Range>
auto gather(Range&& range) {
    return detail::gather_all(detail::collect_tasks(std::forward<Range>(range)));
}

} // namespace corduroy
