#pragma once

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>

#include <optional>
#include <ranges>
#include <tuple>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// Runs Tasks until all have ended or the bound has passed; then each is a value, a failure, or, where the bound cut it
// off, a TimeoutError that names the phase it was in.
class Settlement {
public:
    explicit Settlement(std::optional<Duration> bound);

    template <class T>
    void start(Task<T>& task) {
        set_.start(task);
    }
    JoinSet::Joined join() noexcept { return set_.join(); }
    // An enclosing scope's cancellation is not for us to turn into values.
    void raise_enclosing() const {
        if (set_.scope().enclosing_cancelled()) set_.failures().raise_all(set_.scope());
    }

    template <class T>
    Result<T> result(Task<T>& task) const {
        Result<T> result = take_result(task.promise());
        if (!result && bound_) return Result<T>(explain(result.failure()));
        return result;
    }

private:
    Failure explain(const Failure& failure) const;

    std::optional<Duration> bound_;
    JoinSet set_{JoinSet::Until::all_ended};
};

template <class... T>
Task<together_t<Result<T>...>> settle_tasks(std::optional<Duration> bound, Task<T>... tasks) {
    Settlement settlement(bound);
    (settlement.start(tasks), ...);
    co_await settlement.join();
    settlement.raise_enclosing();
    co_return together_t<Result<T>...>{settlement.result(tasks)...};
}

template <class T>
Task<std::vector<Result<T>>> settle_all(std::optional<Duration> bound, std::vector<Task<T>> tasks) {
    Settlement settlement(bound);
    for (Task<T>& task : tasks) settlement.start(task);
    co_await settlement.join();
    settlement.raise_enclosing();
    std::vector<Result<T>> results;
    results.reserve(tasks.size());
    for (Task<T>& task : tasks) results.push_back(settlement.result(task));
    co_return results;
}

} // namespace detail

// What `settle` gives: await it, or bound it first.
template <class... T>
class [[nodiscard("co_await it")]] Settle {
public:
    explicit Settle(Task<T>... tasks) : tasks_(std::move(tasks)...) {}

    // At the bound those still running are cancelled and joined; theirs becomes a TimeoutError that names the phase.
    Settle&& within(Duration bound) && {
        bound_ = bound;
        return std::move(*this);
    }

    auto into_task() && {
        return std::apply([&](auto&... tasks) { return detail::settle_tasks(bound_, std::move(tasks)...); }, tasks_);
    }

private:
    std::tuple<Task<T>...> tasks_;
    std::optional<Duration> bound_;
};

template <class T>
class [[nodiscard("co_await it")]] SettleRange {
public:
    explicit SettleRange(std::vector<Task<T>> tasks) : tasks_(std::move(tasks)) {}

    SettleRange&& within(Duration bound) && {
        bound_ = bound;
        return std::move(*this);
    }

    Task<std::vector<Result<T>>> into_task() && { return detail::settle_all(bound_, std::move(tasks_)); }

private:
    std::vector<Task<T>> tasks_;
    std::optional<Duration> bound_;
};

// Runs all of them side by side, started in order, lets each end as it will, and gives a Result for each in its place:
// an array (a tuple where the types differ, a vector for a range). `settle(…).within(2s)` bounds them together. It
// throws only `Cancelled`, when a scope around it is cancelled. (Twisted's DeferredList.)
template <class... Tasks>
    requires(sizeof...(Tasks) > 0) && (IntoTask<Tasks> && ...)
auto settle(Tasks&&... tasks) {
    return Settle<task_value_t<Tasks>...>(to_task(std::forward<Tasks>(tasks))...);
}

template <detail::AwaitableRange Range>
auto settle(Range&& range) {
    auto tasks = detail::collect_tasks(std::forward<Range>(range));
    using T = typename decltype(tasks)::value_type::value_type;
    return SettleRange<T>(std::move(tasks));
}

} // namespace corduroy
