#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/combine/bounded_run.hpp>
#include <corduroy/async/combine/storable.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>

#include <cstddef>
#include <optional>
#include <ranges>
#include <tuple>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {

// The JoinSet of Tasks that run until all have ended or the bound has passed; then each is a value, a failure, or,
// where the bound cut it off, a TimeoutError that names the phase it was in.
class Settlement {
public:
    Settlement(std::optional<Duration> bound, JoinSet::Until until);

    JoinSet& set() noexcept { return set_; }
    // An enclosing scope's cancellation is not for us to turn into values.
    void raise_enclosing() const {
        if (set_.scope().enclosing_cancelled()) set_.raise_failures();
    }

    template <class T>
    Result<T> explain(Result<T> result) const {
        if (!result && bound_) return Result<T>(explain(result.failure()));
        return result;
    }
    template <class T>
    Result<T> result(Task<T>& task) const {
        return explain(take_result(task.promise()));
    }
    // What becomes of one whose turn never came.
    Failure never_begun() const;

private:
    Failure explain(const Failure& failure) const;

    std::optional<Duration> bound_;
    JoinSet set_;
};

template <class... T>
Task<together_t<Result<T>...>> settle_tasks(std::optional<Duration> bound, Task<T>... tasks) {
    Settlement settlement(bound, JoinSet::Until::all_ended);
    (settlement.set().start(tasks), ...);
    co_await settlement.set().join();
    settlement.raise_enclosing();
    co_return together_t<Result<T>...>{settlement.result(tasks)...};
}

template <class T>
Task<std::vector<Result<T>>> settle_all(std::optional<Duration> bound, std::vector<Task<T>> tasks) {
    Settlement settlement(bound, JoinSet::Until::all_ended);
    for (Task<T>& task : tasks) settlement.set().start(task);
    co_await settlement.set().join();
    settlement.raise_enclosing();
    std::vector<Result<T>> results;
    results.reserve(tasks.size());
    for (Task<T>& task : tasks) results.push_back(settlement.result(task));
    co_return results;
}

template <class Range>
using BoundedSettle = BoundedRun<Range, Result<range_value_t<Range>>>;

template <class Range>
Task<> settle_in_turn(Settlement& settlement, BoundedSettle<Range>& run) {
    CancelScope& scope = settlement.set().scope();
    for (bool first = true; run.may_take(); first = false) {
        std::size_t place = 0;
        auto task = run.take(place);
        if (first) run.start_worker([&] { return settle_in_turn<Range>(settlement, run); });
        auto outcome = co_await in_scope(scope, task);
        if (outcome.failure().cancelled() && scope.enclosing_cancelled()) current_step.task->rethrow(outcome.failure());
        run.keep(place, settlement.explain(std::move(outcome)));
    }
}

template <class Range>
Task<std::vector<Result<range_value_t<Range>>>> settle_bounded(std::optional<Duration> bound,
                                                               std::views::all_t<Range> range, std::size_t limit) {
    Settlement settlement(bound, JoinSet::Until::first_failure); // of the range itself
    BoundedSettle<Range> run(range, limit, settlement.set());
    run.start_worker([&] { return settle_in_turn<Range>(settlement, run); });
    co_await settlement.set().join();
    settlement.set().raise_failures();
    run.fill([&] { return settlement.never_begun(); });
    co_return run.take_outcomes();
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

// The same for a range of which only some run at once.
template <AwaitableRange Range>
class [[nodiscard("co_await it")]] SettleBounded {
public:
    SettleBounded(Range&& range, std::size_t limit)
        : range_(std::views::all(std::forward<Range>(range))), limit_(limit) {}

    // As above; one whose turn had not come is a TimeoutError too, and is not begun.
    SettleBounded&& within(Duration bound) && {
        bound_ = bound;
        return std::move(*this);
    }

    auto into_task() && { return detail::settle_bounded<Range>(bound_, std::move(range_), limit_); }

private:
    std::views::all_t<Range> range_;
    std::size_t limit_;
    std::optional<Duration> bound_;
};

// Runs all of them side by side, started in order, lets each end as it will, and gives a Result for each in its place:
// an array (a tuple where the types differ, a vector for a range). `settle(…).within(2s)` bounds them together. It
// throws only `Cancelled`, when a scope around it is cancelled. (Twisted's DeferredList.)
template <class... Awaitables>
    requires(sizeof...(Awaitables) > 0) && (IntoTask<Awaitables> && ...)
auto settle(Awaitables&&... awaitables) {
    return Settle<task_value_t<Awaitables>...>(to_task(std::forward<Awaitables>(awaitables))...);
}

template <AwaitableRange Range>
auto settle(Range&& range) {
    return SettleRange<detail::range_value_t<Range>>(detail::collect_tasks(std::forward<Range>(range)));
}

// The same, but at most `limit` of them run at once, as with `gather(range, limit)`. What the range itself throws is
// thrown on, when those under way have been cancelled and joined.
template <AwaitableRange Range>
auto settle(Range&& range, std::size_t limit) {
    return SettleBounded<Range>(std::forward<Range>(range), limit);
}

} // namespace corduroy
