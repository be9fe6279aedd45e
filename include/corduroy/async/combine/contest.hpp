#pragma once

#include <corduroy/async/combine/storable.hpp>
#include <corduroy/async/combine/won.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace corduroy::detail {

// Several Tasks of which one is to win: what stands behind `race` and `first_completed`.
class Contest {
public:
    enum class Rule { first_success, first_end };

    Contest(Rule rule, std::size_t contestants);

    template <class T>
    void start(Task<T>& task) {
        set_.start(task);
    }
    JoinSet::Joined join() noexcept { return set_.join(); }

    // After the join, with each contestant in order: whether it won.
    bool won(TaskPromiseBase& contestant);
    // Then, where nobody won: throws why.
    [[noreturn]] void raise();

private:
    Rule rule_;
    JoinSet set_;
    std::vector<Failure> lost_; // in a race: how each failed
};

template <class T>
Task<Won<Storable<T>>> contest(Contest::Rule rule, std::vector<Task<T>> tasks) {
    Contest contest(rule, tasks.size());
    for (Task<T>& task : tasks) contest.start(task);
    co_await contest.join();
    for (std::size_t index = 0; index < tasks.size(); ++index)
        if (contest.won(tasks[index].promise())) co_return Won<Storable<T>>{index, take_storable(tasks[index])};
    contest.raise();
}

template <class... T>
Task<Won<std::variant<Storable<T>...>>> contest_mixed(Contest::Rule rule, Task<T>... tasks) {
    using Value = std::variant<Storable<T>...>;
    Contest contest(rule, sizeof...(T));
    (contest.start(tasks), ...);
    co_await contest.join();
    std::optional<Won<Value>> won;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        auto look = [&]<std::size_t Index>(std::in_place_index_t<Index> place, auto& task) {
            if (contest.won(task.promise())) won.emplace(Won<Value>{Index, Value(place, take_storable(task))});
        };
        (look(std::in_place_index<I>, tasks), ...);
    }(std::index_sequence_for<T...>());
    if (!won) contest.raise();
    co_return std::move(*won);
}

template <class... Awaitables>
auto contest_of(Contest::Rule rule, Awaitables&&... awaitables) {
    if constexpr (all_same<task_value_t<Awaitables>...>) {
        std::vector<Task<task_value_t<std::tuple_element_t<0, std::tuple<Awaitables...>>>>> contestants;
        contestants.reserve(sizeof...(Awaitables));
        (contestants.push_back(to_task(std::forward<Awaitables>(awaitables))), ...);
        return contest(rule, std::move(contestants));
    } else {
        return contest_mixed(rule, to_task(std::forward<Awaitables>(awaitables))...);
    }
}

} // namespace corduroy::detail
