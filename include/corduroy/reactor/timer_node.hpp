#pragma once

#include <corduroy/base/time.hpp>

#include <cstdint>

namespace corduroy {

// A timer of a TimerQueue; derive from it, or hold one, where something is to happen at a time. It belongs to its
// owner, and setting it allocates nothing. It must be cancelled, or have fired, before it is destroyed: the program
// ends otherwise. The same holds for its queue, but for timers that may outlast it.
class TimerNode {
public:
    // What is called when the time has come. The timer is then no longer armed; it may be set again or destroyed there.
    using Fire = void (*)(TimerNode&) noexcept;

    // What becomes of a timer that is armed when its queue is destroyed: that is a fault, or it never fires.
    enum class Outlasting : bool { fault, disarmed };

    explicit TimerNode(Fire fire, Outlasting outlasting = Outlasting::fault) noexcept
        : fire_(fire), outlasting_(outlasting) {}
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;
    ~TimerNode() {
        if (armed()) [[unlikely]]
            destroyed_while_armed();
    }

    // True from the moment it is set until it fires or is cancelled.
    bool armed() const noexcept { return place_ != nowhere; }

    // When it is due, or was the last time it was set.
    TimePoint deadline() const noexcept { return deadline_; }

private:
    friend class DueTimers;
    friend class TimerQueue;

    // Where an armed timer is: in the wheel's slot of that number, or in one of these.
    static constexpr std::uint16_t nowhere = 0xffff;
    static constexpr std::uint16_t in_run = 0xfffe;
    static constexpr std::uint16_t in_heap = 0xfffd;
    static constexpr std::uint16_t in_late_list = 0xfffc;
    static constexpr std::uint16_t in_line = 0xfffb;

    [[noreturn]] static void destroyed_while_armed() noexcept;

    TimerNode* next_ = nullptr;  // in the list of a slot, or the line of DueTimers,
    TimerNode** link_ = nullptr; // and what points at this one there
    TimePoint deadline_{};
    std::uint64_t sequence_ = 0; // of setting; the order of equal deadlines
    Fire fire_;
    std::uint16_t place_ = nowhere;
    Outlasting outlasting_;
    std::uint32_t index_ = 0; // in the run or the heap
};

} // namespace corduroy
