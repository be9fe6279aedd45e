#include "heap.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <sys/mman.h>

namespace fetch {

#ifdef __GLIBC__

namespace {

// What is larger than this is mapped by itself. Left alone, it would be fixed at 128 KiB by the other settings.
constexpr int mapped_from = 4 << 20;

} // namespace

void keep_freed_memory() noexcept {
    ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
    ::mallopt(M_MMAP_THRESHOLD, mapped_from);
    ::mallopt(M_TOP_PAD, 1 << 20);
}

void use_huge_pages() noexcept {
    constexpr std::size_t page = 2 << 20;
    constexpr std::size_t pages = 3;
    // A block with room for them at the end of the heap, and given back at once: the heap grows into it.
    ::mallopt(M_MMAP_THRESHOLD, 16 << 20);
    void* block = std::malloc((pages + 1) * page);
    ::mallopt(M_MMAP_THRESHOLD, mapped_from);
    if (block == nullptr) return;
    auto start = reinterpret_cast<std::uintptr_t>(block);
    std::uintptr_t first_page = (start + page - 1) / page * page;
    ::madvise(reinterpret_cast<void*>(first_page), pages * page, MADV_HUGEPAGE); // where there are none, so be it
    std::free(block);
    // What lies before the first of them is taken and never touched, which costs nothing.
    [[maybe_unused]] static void* volatile before = std::malloc(first_page - start);
}

#else

void keep_freed_memory() noexcept {}
void use_huge_pages() noexcept {}

#endif

} // namespace fetch
