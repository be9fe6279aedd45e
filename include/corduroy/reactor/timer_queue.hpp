#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/reactor/due_timers.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace corduroy {

// The timers of a reactor, in a hierarchical timing wheel (Varghese and Lauck, 1987): setting and cancelling one costs
// the same few nanoseconds however many are pending, and allocates nothing. Not thread-safe; it reads no clock.
//
// The wheel has ticks of 2^20 ns, about a millisecond, and eight levels of 64 slots; a slot of level n spans 64^n
// ticks, so that they reach to the end of time. Timers that are close enough stand in a slot of their own tick; the
// others come down the levels as time approaches. Timers due within the present tick are put in exact order to the
// nanosecond.
class TimerQueue {
public:
    TimerQueue() noexcept = default;
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    // The timers must be cancelled or have fired: the program ends otherwise. Those that may outlast it are disarmed.
    ~TimerQueue();

    // Has the timer fire at the deadline; one that is armed moves there, and counts as set now. Any deadline will do,
    // one that has passed too.
    void set(TimerNode& node, TimePoint deadline) noexcept;

    // Takes the timer out; nothing where it is not armed.
    void cancel(TimerNode& node) noexcept;

    // The time by which fire_due should be called, nothing if no timer is armed. It is the earliest deadline where few
    // timers share a slot of the wheel, and otherwise the beginning of that slot, which comes a little before it. It is
    // never past the earliest deadline; and once it is reached and fire_due was called, it moves on.
    std::optional<TimePoint> next_deadline() noexcept;

    // Fires all timers whose deadline is not later than `now`, in the order of deadline, then of setting, and returns
    // how many. None fires early. Handlers may set and cancel any timer: one that is cancelled by an earlier one's
    // handler does not fire, one that a handler sets to a time not later than `now` fires in the next call, so that the
    // reactor's other work goes on. A `now` before that of an earlier call moves nothing backwards. May not be called
    // in a handler.
    std::size_t fire_due(TimePoint now) noexcept;

    // How many timers are armed.
    std::size_t size() const noexcept { return size_; }

private:
    static constexpr int tick_bits = 20;
    static constexpr int slot_bits = 6;
    static constexpr int slots = 1 << slot_bits;
    static constexpr int levels = 8;

    // An earliest deadline that was looked up among at most so many timers of a slot.
    static constexpr int timers_examined = 8;

    static std::int64_t tick_of(TimePoint time) noexcept { return time.time_since_epoch().count() >> tick_bits; }
    static TimePoint start_of(std::int64_t tick) noexcept { return TimePoint(Duration(tick << tick_bits)); }

    std::uint16_t slot_for(std::int64_t tick) const noexcept;
    std::int64_t first_slot(std::uint16_t& slot) const noexcept;
    void link(TimerNode& node, std::uint16_t slot) noexcept;
    void unlink(TimerNode& node) noexcept;
    bool advance(std::int64_t target) noexcept;
    void disarm_all() noexcept;
    void find_bound() noexcept;

    TimerNode* slots_[levels * slots] = {};
    std::uint64_t occupied_slots_[levels] = {}; // a bit for each slot that has timers,
    std::uint32_t occupied_levels_ = 0;         // and for each level that has such slots
    bool firing_ = false;
    bool bound_known_ = false;
    std::uint16_t bound_slot_ = TimerNode::nowhere; // the slot whose beginning is the bound, if it is one
    std::int64_t current_tick_ = 0; // what is due until its end stands in due_, what is due later in the slots
    TimePoint bound_{};             // what next_deadline returned last, lowered since where an earlier timer was set
    TimePoint firing_until_{};
    std::uint64_t next_sequence_ = 0;
    std::size_t size_ = 0;
    DueTimers due_;
    TimerNode* late_ = nullptr; // set by handlers for the next call of fire_due, in the order of setting
    TimerNode** late_end_ = &late_;
};

} // namespace corduroy
