#pragma once

#include <corduroy/base/frame_pool.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace corduroy::net {

// Memory that a stream reads into and soon gives back: it comes from the frame pool, so that a long body read in many
// pieces allocates once. Empty, it is none.
class InputMemory {
public:
    InputMemory() noexcept = default;
    // At least one byte. Throws std::bad_alloc.
    explicit InputMemory(std::size_t size) : bytes_(static_cast<std::byte*>(allocate_frame(size)), size) {}
    InputMemory(InputMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    InputMemory& operator=(InputMemory&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~InputMemory() {
        if (!bytes_.empty()) release_frame(bytes_.data(), bytes_.size());
    }

    std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

} // namespace corduroy::net
