#include "kernel/buffer_ring.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace corduroy::kernel {

namespace {

// As many as one entry brings completions of, and more.
constexpr unsigned first_lent = 32;

constexpr std::size_t huge_page = 2 << 20;
constexpr int madvise_collapse = 25; // MADV_COLLAPSE, Linux 6.1

std::size_t page_size() noexcept {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

} // namespace

BufferRing::Mapping::Mapping(std::size_t size, std::size_t alignment)
    : size_((size + page_size() - 1) / page_size() * page_size()) {
    std::size_t spare = alignment - page_size(); // what is mapped begins at a page, somewhere before the place
    void* mapped = ::mmap(nullptr, size_ + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw IoError("map the receive buffers", errno);
    auto* memory = static_cast<std::byte*>(mapped);
    std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % alignment;
    begin_ = memory + before;
    if (before != 0) ::munmap(memory, before);
    if (before != spare) ::munmap(begin_ + size_, spare - before);
}

BufferRing::Mapping::~Mapping() { ::munmap(begin_, size_); }

BufferRing::BufferRing(io_uring& ring, unsigned count, unsigned size)
    : ring_(ring), count_(count), size_(size), mapped_descriptors_(count * sizeof(io_uring_buf), page_size()),
      mapped_memory_(bytes(), huge_page),
      descriptors_(reinterpret_cast<io_uring_buf_ring*>(mapped_descriptors_.begin())), memory_(mapped_memory_.begin()) {
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

BufferRing::~BufferRing() { io_uring_unregister_buf_ring(&ring_, group); }

void BufferRing::give_back(std::uint16_t id) noexcept {
    io_uring_buf_ring_add(descriptors_, memory_ + std::size_t{id} * size_, size_, id, io_uring_buf_ring_mask(count_),
                          0);
    io_uring_buf_ring_advance(descriptors_, 1);
}

} // namespace corduroy::kernel
