#pragma once

#include <corduroy/base/fatal.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace corduroy::sim {

// The provided buffers: handed out in the order in which they came back, as the real ring does. Each is either ours or
// out; one given back twice, which on the real ring corrupts somebody's data, ends the program here.
class BufferPool {
public:
    BufferPool(unsigned count, std::size_t size) : size_(size), memory_(count * size), out_(count, false) {
        for (unsigned id = 0; id < count; ++id) free_.push_back(static_cast<std::uint16_t>(id));
    }

    bool empty() const noexcept { return free_.empty(); }
    std::uint16_t next() const noexcept { return free_.front(); }
    std::span<std::byte> bytes(std::uint16_t id) noexcept { return {memory_.data() + id * size_, size_}; }

    void take() noexcept {
        out_[free_.front()] = true;
        free_.pop_front();
    }

    void give_back(std::uint16_t id) noexcept {
        if (id >= out_.size() || !out_[id]) fatal("a receive buffer was given back that was not out");
        out_[id] = false;
        free_.push_back(id);
    }

    std::size_t out() const noexcept { return out_.size() - free_.size(); }

private:
    std::size_t size_;
    std::vector<std::byte> memory_;
    std::vector<bool> out_;
    std::deque<std::uint16_t> free_;
};

} // namespace corduroy::sim
