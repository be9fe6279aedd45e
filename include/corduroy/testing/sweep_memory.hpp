#pragma once

#include <cstddef>
#include <new>

// Stands once in a test program, in one source file and outside of any namespace, and gives the sweeps the program's
// memory: `sweep::allocation` can then have each allocation fail, and every sweep convicts work that frees memory which
// the kernel still works on.
//
//     #include <corduroy/testing/sweep_memory.hpp>
//     CORDUROY_SWEEP_MEMORY
//
// It replaces the global operator new and delete by ones on malloc and free, which ask the sweep that runs on their
// thread, if any. A program that replaces them itself calls the functions below from its own.
#define CORDUROY_SWEEP_MEMORY                                                                                          \
    void* operator new(std::size_t size) { return corduroy::sweep::detail::allocate(size); }                           \
    void* operator new[](std::size_t size) { return corduroy::sweep::detail::allocate(size); }                         \
    void* operator new(std::size_t size, const std::nothrow_t&) noexcept {                                             \
        return corduroy::sweep::detail::allocate_or_null(size);                                                        \
    }                                                                                                                  \
    void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {                                           \
        return corduroy::sweep::detail::allocate_or_null(size);                                                        \
    }                                                                                                                  \
    void* operator new(std::size_t size, std::align_val_t alignment) {                                                 \
        return corduroy::sweep::detail::allocate(size, alignment);                                                     \
    }                                                                                                                  \
    void* operator new[](std::size_t size, std::align_val_t alignment) {                                               \
        return corduroy::sweep::detail::allocate(size, alignment);                                                     \
    }                                                                                                                  \
    void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {                 \
        return corduroy::sweep::detail::allocate_or_null(size, alignment);                                             \
    }                                                                                                                  \
    void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {               \
        return corduroy::sweep::detail::allocate_or_null(size, alignment);                                             \
    }                                                                                                                  \
    void operator delete(void* memory) noexcept { corduroy::sweep::detail::release(memory); }                          \
    void operator delete[](void* memory) noexcept { corduroy::sweep::detail::release(memory); }                        \
    void operator delete(void* memory, std::size_t) noexcept { corduroy::sweep::detail::release(memory); }             \
    void operator delete[](void* memory, std::size_t) noexcept { corduroy::sweep::detail::release(memory); }           \
    void operator delete(void* memory, const std::nothrow_t&) noexcept { corduroy::sweep::detail::release(memory); }   \
    void operator delete[](void* memory, const std::nothrow_t&) noexcept { corduroy::sweep::detail::release(memory); } \
    void operator delete(void* memory, std::align_val_t) noexcept { corduroy::sweep::detail::release(memory); }        \
    void operator delete[](void* memory, std::align_val_t) noexcept { corduroy::sweep::detail::release(memory); }      \
    void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {                                       \
        corduroy::sweep::detail::release(memory);                                                                      \
    }                                                                                                                  \
    void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {                                     \
        corduroy::sweep::detail::release(memory);                                                                      \
    }

namespace corduroy::sweep::detail {

// Memory of malloc, unless the sweep that runs on this thread has this allocation fail.
void* allocate(std::size_t size, std::align_val_t alignment = std::align_val_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__});
void* allocate_or_null(std::size_t size,
                       std::align_val_t alignment = std::align_val_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__}) noexcept;
// Its return, of which the sweep is told.
void release(void* memory) noexcept;

} // namespace corduroy::sweep::detail
