#include <corduroy/testing/sweep_memory.hpp>

#include "testing/sweep_watch.hpp"

#include <corduroy/base/fatal.hpp>

#include <atomic>
#include <cstdlib>
#include <iterator>
#include <malloc.h>

namespace corduroy::sweep {

namespace {

constinit thread_local MemoryWatch* watch = nullptr;

// Memory that the kernel works on though it was freed stays: the kernel would write into what came to lie there next.
// It is held here as long as there is room, so that a leak checker, which is not to convict it too, can see it.
void keep(void* memory) noexcept {
    static void* kept[1024];
    static std::atomic<std::size_t> count = 0;
    if (std::size_t place = count.fetch_add(1); place < std::size(kept)) kept[place] = memory;
}

} // namespace

constinit thread_local bool Unwatched::off_ = false;

MemoryWatch::MemoryWatch() noexcept {
    if (watch != nullptr) fatal("a sweep was begun within another one");
    watch = this;
    Unwatched::off_ = false;
}

MemoryWatch::~MemoryWatch() { watch = nullptr; }

// An allocation function that is called, and not by a new-expression, is no compiler's to leave out.
bool memory_is_watched() {
    struct Probe final : MemoryWatch {
        bool refuses() noexcept override {
            asked = true;
            return false;
        }
        bool freed(const void*, const void*) noexcept override { return true; }
        bool asked = false;
    } probe;
    ::operator delete(::operator new(1));
    return probe.asked;
}

void* detail::allocate_or_null(std::size_t size, std::align_val_t alignment) noexcept {
    if (watch != nullptr) [[unlikely]] {
        if (Unwatched now; !now.before() && watch->refuses()) return nullptr;
    }
    if (size == 0) size = 1;
    auto bytes = static_cast<std::size_t>(alignment);
    if (bytes <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return std::malloc(size);
    return std::aligned_alloc(bytes, (size + bytes - 1) / bytes * bytes);
}

void* detail::allocate(std::size_t size, std::align_val_t alignment) {
    if (void* memory = allocate_or_null(size, alignment)) return memory;
    throw std::bad_alloc();
}

void detail::release(void* memory) noexcept {
    if (watch != nullptr && memory != nullptr) [[unlikely]] {
        Unwatched now;
        auto* end = static_cast<std::byte*>(memory) + malloc_usable_size(memory);
        if (!now.before() && !watch->freed(memory, end)) return keep(memory);
    }
    std::free(memory);
}

} // namespace corduroy::sweep
