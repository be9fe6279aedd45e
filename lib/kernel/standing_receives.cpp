#include "kernel/standing_receives.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace corduroy::kernel {

StandingReceive* StandingReceives::make(int fd) noexcept {
    auto index = static_cast<std::size_t>(fd);
    try {
        if (index >= by_descriptor_.size()) by_descriptor_.resize(std::max(index + 1, 2 * by_descriptor_.size()));
        by_descriptor_[index] = std::make_unique<StandingReceive>();
        return by_descriptor_[index].get();
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void StandingReceives::add(StandingReceive& standing, std::uint16_t buffer, std::uint32_t size) noexcept {
    parts_[buffer] = {.size = size};
    (standing.has_parts() ? parts_[standing.last].next : standing.first) = buffer;
    standing.last = buffer;
    ++standing.count;
}

std::uint16_t StandingReceives::remove_first(StandingReceive& standing) noexcept {
    --standing.count;
    return std::exchange(standing.first, parts_[standing.first].next);
}

} // namespace corduroy::kernel
