#include "output/block.hpp"

#include <sys/mman.h>

namespace fetch {

namespace {

unsigned in_use = 0;

} // namespace

Block Block::take() noexcept {
    Block block;
    if (in_use == most) return block;
    void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return block;
    ::madvise(mapped, size, MADV_HUGEPAGE); // where there are none, so be it
    block.memory_ = static_cast<std::byte*>(mapped);
    ++in_use;
    return block;
}

Block& Block::operator=(Block&& other) noexcept {
    give_back();
    memory_ = std::exchange(other.memory_, nullptr);
    held_ = std::exchange(other.held_, 0);
    return *this;
}

std::span<std::byte> Block::room() const noexcept {
    if (memory_ == nullptr) return {};
    return {memory_ + held_, size - held_};
}

bool Block::add(std::string_view bytes) noexcept {
    if (memory_ == nullptr || bytes.data() != reinterpret_cast<const char*>(memory_ + held_)) return false;
    held_ += bytes.size();
    return true;
}

std::string_view Block::take_held() noexcept {
    return {reinterpret_cast<const char*>(memory_), std::exchange(held_, 0)};
}

void Block::give_back() noexcept {
    if (memory_ == nullptr) return;
    ::munmap(std::exchange(memory_, nullptr), size);
    --in_use;
}

} // namespace fetch
