#include "kernel/buffer_ring.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <sys/mman.h>

namespace corduroy::kernel {

namespace {

// As many as one entry brings completions of, and more.
constexpr unsigned first_lent = 32;

constexpr std::size_t huge_page = 2 << 20;
constexpr int madvise_collapse = 25; // MADV_COLLAPSE, Linux 6.1

std::byte* map_anonymous(std::size_t bytes) {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw IoError("map the receive buffers", errno);
    return static_cast<std::byte*>(memory);
}

// The same, where a huge page may begin.
std::byte* map_aligned(std::size_t bytes) {
    std::byte* memory = map_anonymous(bytes + huge_page);
    std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % huge_page;
    if (before != 0) ::munmap(memory, before);
    ::munmap(memory + before + bytes, huge_page - before);
    return memory + before;
}

} // namespace

BufferRing::BufferRing(io_uring& ring, unsigned count, unsigned size) : ring_(ring), count_(count), size_(size) {
    descriptors_ = reinterpret_cast<io_uring_buf_ring*>(map_anonymous(count * sizeof(io_uring_buf)));
    memory_ = map_aligned(bytes());
    // A forked child must not share pages that the kernel writes into.
    ::madvise(memory_, bytes(), MADV_DONTFORK);

    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(descriptors_);
    registration.ring_entries = count;
    registration.bgid = group;
    if (int error = io_uring_register_buf_ring(&ring_, &registration, 0); error < 0)
        throw IoError("register the receive buffers", -error);

    io_uring_buf_ring_init(descriptors_);
    publish(std::min(count, first_lent));
}

// By then many are at work, and all the buffers' pages will be touched: where it can be, at once, for each by itself
// costs a fault, and in a virtual machine that is more than receiving a full buffer does.
void BufferRing::grow() noexcept {
    if (published_ == first_lent && bytes() >= huge_page) {
        ::madvise(memory_, bytes(), MADV_HUGEPAGE);
        ::madvise(memory_, bytes(), madvise_collapse);
    }
    publish(published_);
}

void BufferRing::publish(unsigned more) noexcept {
    for (unsigned i = 0; i < more; ++i) give_back(static_cast<std::uint16_t>(published_ + i));
    published_ += more;
}

BufferRing::~BufferRing() {
    io_uring_unregister_buf_ring(&ring_, group);
    ::munmap(descriptors_, count_ * sizeof(io_uring_buf));
    ::munmap(memory_, bytes());
}

void BufferRing::give_back(std::uint16_t id) noexcept {
    io_uring_buf_ring_add(descriptors_, memory_ + std::size_t{id} * size_, size_, id, io_uring_buf_ring_mask(count_),
                          0);
    io_uring_buf_ring_advance(descriptors_, 1);
}

} // namespace corduroy::kernel
