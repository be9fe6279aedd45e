#pragma once

#include "testing/sweep_watch.hpp"

namespace corduroy::testing {

// Has the allocation fail that comes after `left` others.
class RefusesOne final : public sweep::MemoryWatch {
public:
    explicit RefusesOne(int left) noexcept : left_(left) {}

    bool refuses() noexcept override { return left_-- == 0; }
    bool freed(const void*, const void*) noexcept override { return true; }

    bool refused() const noexcept { return left_ < 0; }

private:
    int left_;
};

} // namespace corduroy::testing
