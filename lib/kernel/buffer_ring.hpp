#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace corduroy::kernel {

// The provided buffers of one ring: a registered buffer ring (Linux 5.19) and the memory behind it. Idle connections
// share them, so none holds a buffer of its own.
class BufferRing {
public:
    static constexpr std::uint16_t group = 0;

    // Maps and registers `count` buffers, a power of two, of `size` bytes each. Throws IoError.
    BufferRing(io_uring& ring, unsigned count, unsigned size);
    BufferRing(const BufferRing&) = delete;
    BufferRing& operator=(const BufferRing&) = delete;
    ~BufferRing();

    std::span<std::byte> buffer(std::uint16_t id) const noexcept { return {memory_ + std::size_t{id} * size_, size_}; }
    void give_back(std::uint16_t id) noexcept;

    // So many are out now. The system takes the buffers in turn, so that a few are lent at first, which stay in the
    // processor's cache, and twice as many whenever half of them are out.
    void lent(std::size_t out) noexcept {
        if (2 * out > published_ && published_ < count_) grow();
    }

private:
    // Anonymous memory, whose first byte stands at a multiple of `alignment`: of a page's size, or more.
    class Mapping {
    public:
        Mapping(std::size_t size, std::size_t alignment);
        Mapping(const Mapping&) = delete;
        Mapping& operator=(const Mapping&) = delete;
        ~Mapping();

        std::byte* begin() const noexcept { return begin_; }

    private:
        std::byte* begin_;
        std::size_t size_;
    };

    std::size_t bytes() const noexcept { return std::size_t{count_} * size_; }
    void grow() noexcept;
    void publish(unsigned more) noexcept;

    io_uring& ring_;
    unsigned count_;
    unsigned size_;
    unsigned published_ = 0;
    Mapping mapped_descriptors_;
    Mapping mapped_memory_;
    io_uring_buf_ring* descriptors_; // in these
    std::byte* memory_;
};

} // namespace corduroy::kernel
