#include <corduroy/reactor/reactor_stats.hpp>

namespace corduroy {

std::string ReactorStats::text() const {
    auto count = [](std::uint64_t number, const char* what) { return std::to_string(number) + " " + what; };
    return count(tasks, "tasks, ") + count(ready, "ready, ") + count(timers, "timers, ") +
           count(operations_in_flight, "operations in flight, ") + count(buffers_out, "buffers out, ") +
           count(services, "services; so far ") + count(turns, "turns, ") + count(kernel_entries, "kernel entries, ") +
           count(completions, "completions, ") + count(steps, "steps, ") + count(timers_fired, "timers fired, ") +
           count(calls_posted, "calls posted, ") + count(tasks_started, "tasks started");
}

} // namespace corduroy
