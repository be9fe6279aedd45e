#pragma once

#include <corduroy/async/combine/awaitable_range.hpp>
#include <corduroy/async/join_set.hpp>
#include <corduroy/async/task.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace corduroy::detail {

[[noreturn]] void raise_limit_of_zero();

// Runs the elements of a range, at most `limit` of them at once, and keeps what comes of each in its place. Workers,
// which are Tasks of a JoinSet, take one element after the other; a worker starts the next one when it has taken its
// first, so that there are no more of them than needed. An Outcome of std::monostate is not kept.
template <AwaitableRange Range, class Outcome>
class BoundedRun {
    using View = std::views::all_t<Range>;
    static constexpr bool keeps = !std::is_same_v<Outcome, std::monostate>;

public:
    // Both must outlive it; the set is to be joined, and its scope is the elements'.
    BoundedRun(View& range, std::size_t limit, JoinSet& set) : range_(range), limit_(limit), set_(set) {
        if (limit == 0) raise_limit_of_zero();
        if constexpr (std::ranges::sized_range<View>) {
            auto size = static_cast<std::size_t>(std::ranges::size(range_));
            workers_.reserve(std::min(limit, size));
            if constexpr (keeps) outcomes_.reserve(size);
        }
    }

    // Whether there is an element to be taken; not where the scope is cancelled, and where one around it is, that is
    // raised.
    bool may_take() const {
        if (at_end()) return false;
        if (!set_.scope().cancelled()) [[likely]]
            return true;
        if (set_.scope().enclosing_cancelled()) current_step.task->raise();
        return false;
    }

    // The next element's Task, and its place.
    auto take(std::size_t& place) {
        auto task = element_task<Range>(*next_);
        ++next_;
        place = outcomes_.size();
        if constexpr (keeps) outcomes_.emplace_back();
        return task;
    }
    void keep(std::size_t place, Outcome outcome) { outcomes_[place].emplace(std::move(outcome)); }

    // Starts one more worker, if there is work for it.
    template <class Make>
    void start_worker(Make make) {
        if (workers_.size() == limit_ || at_end()) return;
        workers_.push_back(make());
        set_.start(workers_.back());
    }

    // After the join. Gives `make()` as the outcome of each element that was not taken.
    template <class Make>
    void fill(Make make) {
        for (; !at_end(); ++next_) outcomes_.emplace_back(make());
    }
    std::vector<Outcome> take_outcomes() {
        std::vector<Outcome> outcomes;
        outcomes.reserve(outcomes_.size());
        for (auto& outcome : outcomes_) outcomes.push_back(*std::move(outcome));
        return outcomes;
    }

private:
    bool at_end() const { return next_ == end_; }

    View& range_;
    std::size_t limit_;
    JoinSet& set_;
    std::ranges::iterator_t<View> next_ = std::ranges::begin(range_);
    std::ranges::sentinel_t<View> end_ = std::ranges::end(range_);
    std::vector<Task<>> workers_;
    std::vector<std::optional<Outcome>> outcomes_;
};

} // namespace corduroy::detail
