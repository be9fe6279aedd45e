#pragma once

#include <cstddef>
#include <cstdint>

namespace corduroy::testing::detail {

// What `operator new` asks, where a test program replaces it by including <corduroy/testing/failing_new.hpp>: whether
// the allocation is one that a sweep counts, and the one that it wants to fail. One per thread.
struct AllocationGate {
    bool counting = false;
    bool paused = false;
    std::uint64_t seen = 0;    // allocations counted so far
    std::uint64_t fail_at = 0; // the one that fails, from 1; 0: none
    std::int64_t live = 0;     // blocks allocated and not freed, whether counted or not
    void (*freeing)(const void* begin, const void* end) noexcept = nullptr; // told before a block is freed

    // Whether the allocation that comes now is to fail.
    bool fails() noexcept { return counting && !paused && ++seen == fail_at; }
};

extern constinit thread_local AllocationGate allocation_gate;
// Set by <corduroy/testing/failing_new.hpp>.
extern constinit bool allocations_are_watched;

} // namespace corduroy::testing::detail
