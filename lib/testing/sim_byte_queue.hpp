#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace corduroy::sim {

// Bytes on their way, first in first out.
class ByteQueue {
public:
    std::size_t size() const noexcept { return bytes_.size() - head_; }
    bool empty() const noexcept { return size() == 0; }

    void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    // The first `count` of them, which is at most `size()`; valid until more is appended or these are dropped.
    std::span<const std::byte> front(std::size_t count) const noexcept { return {bytes_.data() + head_, count}; }

    // `bytes.size()` is at most `size()`.
    void peek(std::span<std::byte> bytes) const noexcept {
        if (!bytes.empty()) std::memcpy(bytes.data(), bytes_.data() + head_, bytes.size());
    }

    void drop(std::size_t count) noexcept {
        head_ += count;
        if (head_ != bytes_.size() && head_ < bytes_.size() / 2) return;
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }

private:
    std::vector<std::byte> bytes_;
    std::size_t head_ = 0;
};

} // namespace corduroy::sim
