#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/combine/bounded_run.hpp>
#include <corduroy/async/combine/storable.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// What `gather` gives for Tasks of these types, and for any number of one.
template <class... T>
struct Gathered {
    using type = together_t<Storable<T>...>;
};
template <class... T>
    requires(std::is_void_v<T> && ...)
struct Gathered<T...> {
    using type = void;
};
template <class T>
using gathered_all_t = std::conditional_t<std::is_void_v<T>, void, std::vector<Storable<T>>>;

template <class... T>
Task<typename Gathered<T...>::type> gather_tasks(Task<T>... tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    (set.start(tasks), ...);
    co_await set.join();
    set.raise_failures();
    if constexpr (!(std::is_void_v<T> && ...)) co_return typename Gathered<T...>::type{take_storable(tasks)...};
}

template <class T>
Task<gathered_all_t<T>> gather_all(std::vector<Task<T>> tasks) {
    JoinSet set(JoinSet::Until::first_failure);
    for (Task<T>& task : tasks) set.start(task);
    co_await set.join();
    set.raise_failures();
    if constexpr (!std::is_void_v<T>) {
        std::vector<Storable<T>> values;
        values.reserve(tasks.size());
        for (Task<T>& task : tasks) values.push_back(task.promise().take_value());
        co_return values;
    }
}

template <class Range>
using BoundedGather = BoundedRun<Range, Storable<range_value_t<Range>>>;

template <class Range>
Task<> gather_in_turn(BoundedGather<Range>& run) {
    for (bool first = true; run.may_take(); first = false) {
        std::size_t place = 0;
        auto task = run.take(place);
        if (first) run.start_worker([&] { return gather_in_turn<Range>(run); });
        if constexpr (std::is_void_v<range_value_t<Range>>)
            co_await std::move(task);
        else
            run.keep(place, co_await std::move(task));
    }
}

template <class Range>
Task<gathered_all_t<range_value_t<Range>>> gather_bounded(std::views::all_t<Range> range, std::size_t limit) {
    JoinSet set(JoinSet::Until::first_failure);
    BoundedGather<Range> run(range, limit, set);
    run.start_worker([&] { return gather_in_turn<Range>(run); });
    co_await set.join();
    set.raise_failures();
    if constexpr (!std::is_void_v<range_value_t<Range>>) co_return run.take_outcomes();
}

} // namespace detail

// Runs all of them side by side, started in order, and gives their values in order: an array (a tuple where the types
// differ, a vector for a range), or nothing where none has a value. At the first failure the others are cancelled and
// joined, and the failure is thrown as it is; what else failed rides along as `suppressed()`. Cancelling it cancels and
// joins all. An empty range gives no values, at once. (Twisted's gatherResults, which neither cancels nor joins, and
// throws a FirstError.)
template <class... Awaitables>
    requires(sizeof...(Awaitables) > 0) && (IntoTask<Awaitables> && ...)
auto gather(Awaitables&&... awaitables) {
    return detail::gather_tasks(to_task(std::forward<Awaitables>(awaitables))...);
}

template <AwaitableRange Range>
auto gather(Range&& range) {
    return detail::gather_all(detail::collect_tasks(std::forward<Range>(range)));
}

// The same, but at most `limit` of them run at once: the next element of the range is taken when one has ended. Of a
// view that makes Tasks, `urls | std::views::transform(fetch)`, a waiting one is so not even made. The range is walked
// while it runs, so that an lvalue must live as long; what the range throws counts as a failure.
template <AwaitableRange Range>
auto gather(Range&& range, std::size_t limit) {
    return detail::gather_bounded<Range>(std::views::all(std::forward<Range>(range)), limit);
}

} // namespace corduroy
