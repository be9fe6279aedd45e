#pragma once

#include <corduroy/reactor/timer_node.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corduroy {

// The timers of a TimerQueue that are due within its present tick or were before it, in the exact order of deadline and
// setting; a part of TimerQueue. Most come in that order already, or many at once, and stand in a sorted run that is
// consumed from its front; those that come out of order stand in a heap beside it. So a million timers due together
// cost a sort, and not a million walks through a large heap. Where there is no memory for more of either, timers wait
// in a line that needs none: to set a timer, and to fire it, never fails.
class DueTimers {
public:
    // Adds one timer, whose deadline and sequence are set.
    void add(TimerNode& node) noexcept;

    // Adds one of many, in any order; `order` must follow before anything else is done. The run is empty at the first.
    void append(TimerNode& node) noexcept;
    void order() noexcept;

    // Takes out a timer that was added.
    void remove(TimerNode& node) noexcept;

    // The earliest timer, or null.
    TimerNode* first() noexcept;

private:
    struct Entry {
        TimePoint deadline;
        std::uint64_t sequence;
        TimerNode* node; // null where it was removed from the run

        bool operator<(const Entry& other) const noexcept {
            return deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence;
        }
    };

    static Entry entry(TimerNode& node) noexcept { return {node.deadline_, node.sequence_, &node}; }
    static bool push(std::vector<Entry>& entries, const Entry& entry) noexcept;
    void line_up(TimerNode& node) noexcept;
    void trim_run() noexcept;
    void put(std::size_t index, const Entry& entry) noexcept;
    void sift_up(std::size_t index, const Entry& entry) noexcept;
    void sift_down(std::size_t index, const Entry& entry) noexcept;

    std::vector<Entry> run_;
    std::size_t run_first_ = 0;   // what lies before it is consumed
    std::uint32_t run_index_ = 0; // the index_ of run_[0]; counts on as consumed entries are dropped
    std::vector<Entry> heap_;
    TimerNode* line_ = nullptr; // in order
};

} // namespace corduroy
