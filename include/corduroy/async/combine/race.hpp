#pragma once

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/base/error.hpp>

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace corduroy {

// Several failed where one success would have done; `failures()` has them in the order of the contestants.
class FailureGroup : public Error {
public:
    explicit FailureGroup(std::vector<Failure> failures);

    const std::vector<Failure>& failures() const noexcept { return failures_; }

private:
    std::vector<Failure> failures_;
};

// Who won a race, and with what. A void Task's value is std::monostate; where the types differ, the value is a
// std::variant whose index is the winner's.
template <class T>
struct Won {
    std::size_t index;
    T value;
};

namespace detail {

[[noreturn]] void raise_nobody_won(const JoinSet& set, std::vector<Failure> failures);

template <class... T>
inline constexpr bool all_same = true;
template <class First, class... Rest>
inline constexpr bool all_same<First, Rest...> = (std::is_same_v<First, Rest> && ...);

template <class T>
Task<Won<Storable<T>>> race_all(std::vector<Task<T>> tasks) {
    JoinSet set(JoinSet::Until::first_success);
    for (Task<T>& task : tasks) set.start(task);
    co_await set.join();
    std::size_t index = 0;
    std::vector<Failure> failures;
    for (Task<T>& task : tasks) {
        if (&task.promise() == set.winner()) co_return Won<Storable<T>>{index, take_storable(task)};
        failures.push_back(task.promise().failure());
        ++index;
    }
    raise_nobody_won(set, std::move(failures));
}

template <class... T>
Task<Won<std::variant<Storable<T>...>>> race_mixed(Task<T>... tasks) {
    using Value = std::variant<Storable<T>...>;
    JoinSet set(JoinSet::Until::first_success);
    (set.start(tasks), ...);
    co_await set.join();
    if (set.winner() == nullptr) {
        std::vector<Failure> failures;
        (failures.push_back(tasks.promise().failure()), ...);
        raise_nobody_won(set, std::move(failures));
    }
    std::optional<Won<Value>> won;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((&tasks.promise() == set.winner()
          ? won.emplace(Won<Value>{I, Value(std::in_place_index<I>, take_storable(tasks))}),
          void() : void()),
         ...);
    }(std::index_sequence_for<T...>());
    co_return std::move(*won);
}

} // namespace detail

// Runs all of them side by side; the first success wins, the others are cancelled and joined. Gives a Won: who, and
// with what. Where all fail it throws a FailureGroup. (Twisted's race.)
template <class... Tasks>
    requires(sizeof...(Tasks) > 1) && (IntoTask<Tasks> && ...)
auto race(Tasks&&... tasks) {
    if constexpr (detail::all_same<task_value_t<Tasks>...>) {
        std::vector<Task<task_value_t<std::tuple_element_t<0, std::tuple<Tasks...>>>>> contestants;
        contestants.reserve(sizeof...(Tasks));
        (contestants.push_back(to_task(std::forward<Tasks>(tasks))), ...);
        return detail::race_all(std::move(contestants));
    } else {
        return detail::race_mixed(to_task(std::forward<Tasks>(tasks))...);
    }
}

template <detail::AwaitableRange Range>
auto race(Range&& range) {
    return detail::race_all(detail::collect_tasks(std::forward<Range>(range)));
}

} // namespace corduroy
