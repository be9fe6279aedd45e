#pragma once

// The thread sanitizer does not see that liburing maps and unmaps the memory of rings, for liburing makes its system
// calls itself. Where a thread's new ring comes to lie where another thread's old one was, it would take the two for
// one and report a race. These tell it that the one ended before the other began; in other builds they are nothing.

#if defined(__SANITIZE_THREAD__)
#define CORDUROY_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CORDUROY_THREAD_SANITIZER 1
#endif
#endif

#ifdef CORDUROY_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace corduroy::kernel {

#ifdef CORDUROY_THREAD_SANITIZER
inline char ring_memory = 0;
inline void ring_memory_mapped() noexcept { __tsan_acquire(&ring_memory); }
inline void ring_memory_unmapped() noexcept { __tsan_release(&ring_memory); }
#else
inline void ring_memory_mapped() noexcept {}
inline void ring_memory_unmapped() noexcept {}
#endif

} // namespace corduroy::kernel
