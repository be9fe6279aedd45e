#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace corduroy {

// What a reactor has done so far, and what it has to do at this moment. The loop keeps counters that it increments in
// passing; `Reactor::stats` reads them, and counts the ready queue. (trio's current_statistics.)
struct ReactorStats {
    // Since the reactor was made.
    std::uint64_t turns = 0;          // of the loop
    std::uint64_t kernel_entries = 0; // system calls that submit and wait; about one a turn
    std::uint64_t completions = 0;    // of operations, each of a multishot one's
    std::uint64_t steps = 0;          // items of the ready queue run, in turns that are over: wake-ups of tasks, mostly
    std::uint64_t timers_fired = 0;   // sleeps, deadlines and delayed calls alike
    std::uint64_t calls_posted = 0;   // from other threads, that were made
    std::uint64_t tasks_started = 0;  // main, children of groups and combinators, work in the background

    // Now.
    std::size_t tasks = 0;                // of these, those that live; what they await in turn is not counted
    std::size_t ready = 0;                // items in the ready queue
    std::size_t timers = 0;               // that are set
    std::size_t operations_in_flight = 0; // in the kernel's hands
    std::size_t buffers_out = 0;          // provided buffers that hold bytes nobody has consumed, or asked for, yet
    std::size_t services = 0;             // that were asked for

    // For people, in one line: "3 tasks, 1 ready, 2 timers, …".
    std::string text() const;
};

} // namespace corduroy
