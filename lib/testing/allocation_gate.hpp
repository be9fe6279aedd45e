#pragma once

#include <corduroy/testing/allocation_gate.hpp>

#include <utility>

namespace corduroy::testing::detail {

// As long as it lives, the thread's allocations are none of the program's: they are the simulation's, or a test's.
class Uncounted {
public:
    Uncounted() noexcept : before_(std::exchange(allocation_gate.paused, true)) {}
    Uncounted(const Uncounted&) = delete;
    Uncounted& operator=(const Uncounted&) = delete;
    ~Uncounted() { allocation_gate.paused = before_; }

private:
    bool before_;
};

// The contrary, within an Uncounted.
class Counted {
public:
    Counted() noexcept : before_(std::exchange(allocation_gate.paused, false)) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { allocation_gate.paused = before_; }

private:
    bool before_;
};

} // namespace corduroy::testing::detail
