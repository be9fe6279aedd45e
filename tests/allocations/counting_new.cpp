// Replaces the global operator new by one that counts; see allocations.hpp.

#include "allocations/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> bytes = 0;
std::atomic<std::size_t> peak = 0;

void* allocate(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    std::size_t now = bytes += malloc_usable_size(memory);
    std::size_t before = peak;
    while (before < now && !peak.compare_exchange_weak(before, now)) {
    }
    return memory;
}

void release(void* memory) noexcept {
    bytes -= malloc_usable_size(memory);
    std::free(memory);
}

} // namespace

std::size_t allocations_so_far() noexcept { return allocations; }
std::size_t bytes_in_use() noexcept { return bytes; }
std::size_t peak_bytes() noexcept { return peak; }
void forget_peak() noexcept { peak = bytes.load(); }

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
