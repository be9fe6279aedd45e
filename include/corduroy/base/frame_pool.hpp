#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace corduroy {

// Memory for coroutine frames, and for what else lives as short as they do. Each thread keeps the blocks it released in
// free lists by size and hands them out again, so that a warm program allocates nothing per task: a pair of
// allocate_frame and release_frame takes a few nanoseconds. A thread keeps at most 1 MiB per size; what a burst leaves
// beyond that goes back to the allocator, and everything does when the thread ends. Blocks larger than 64 KiB are not
// kept at all.
//
// A block may be released on another thread than the one that allocated it, also in the destructors of static and
// thread-local objects, when the lists are gone already. Under the address, thread, memory and undefined-behaviour
// sanitizers both are plain `new` and `delete`, so that these see every frame by itself (GCC does not tell a program
// that it is built with the last one).
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool frames_are_pooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer) ||          \
    __has_feature(undefined_behavior_sanitizer)
inline constexpr bool frames_are_pooled = false;
#else
inline constexpr bool frames_are_pooled = true;
#endif
#else
inline constexpr bool frames_are_pooled = true;
#endif

namespace detail {

// The free blocks of one size: a list linked through their first words, and how many more it may take. A list starts
// with no room, which sends the first release down the slow path, where the thread's clean-up is registered.
struct FrameList {
    void* head;
    std::size_t room;
};

inline constexpr std::size_t frame_step = 64;        // sizes grow by this ...
inline constexpr std::size_t small_frame_lists = 32; // ... up to 2 KiB, found in the fast path,
inline constexpr std::size_t frame_lists = 37;       // and double from there up to 64 KiB.

// Constant initialisation and the initial-exec model make this an address relative to the thread pointer, in the shared
// library too; it takes 592 bytes of the static TLS space.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local FrameList frame_pool[frame_lists];

void* allocate_frame_slowly(std::size_t size);
void release_frame_slowly(void* frame, std::size_t size) noexcept;

// As long as it lives the calling thread's lists are empty and stay so, and each block is of `new` and `delete`: for
// tests that count every frame. Blocks of before may be released meanwhile. They do not nest.
class FramePoolPause {
public:
    FramePoolPause() noexcept;
    FramePoolPause(const FramePoolPause&) = delete;
    FramePoolPause& operator=(const FramePoolPause&) = delete;
    ~FramePoolPause();

private:
    FrameList lists_[frame_lists];
};

} // namespace detail

// The bytes that the calling thread's free lists hold at the moment. For tests and statistics.
std::size_t pooled_frame_bytes() noexcept;

// A block of at least `size` bytes, aligned as `operator new` aligns. Throws std::bad_alloc.
//
// Always inlined, as is release_frame: a program whose parts are built with and without sanitizers must not mix the two
// kinds of block.
[[gnu::always_inline]] inline void* allocate_frame(std::size_t size) {
    if constexpr (frames_are_pooled) {
        std::size_t index = (size - 1) / detail::frame_step;
        if (index < detail::small_frame_lists) [[likely]] {
            detail::FrameList& list = detail::frame_pool[index];
            if (void* frame = list.head) [[likely]] {
                list.head = *static_cast<void**>(frame);
                ++list.room;
                return frame;
            }
        }
        return detail::allocate_frame_slowly(size);
    } else {
        return ::operator new(size);
    }
}

// Gives a block from allocate_frame back, on any thread; `size` is the size that was asked for.
[[gnu::always_inline]] inline void release_frame(void* frame, std::size_t size) noexcept {
    if constexpr (frames_are_pooled) {
        std::size_t index = (size - 1) / detail::frame_step;
        if (index < detail::small_frame_lists) [[likely]] {
            detail::FrameList& list = detail::frame_pool[index];
            if (list.room != 0) [[likely]] {
                --list.room;
                *static_cast<void**>(frame) = list.head;
                list.head = frame;
                return;
            }
        }
        detail::release_frame_slowly(frame, size);
    } else {
        ::operator delete(frame);
    }
}

// A base for objects that live as long as a coroutine does or so: `new` takes their memory from the frame pool. One of
// a greater alignment than a frame's comes from the allocator.
struct FromFramePool {
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void* operator new(std::size_t size, std::align_val_t alignment) { return ::operator new(size, alignment); }
    static void operator delete(void* memory, std::size_t size) noexcept { release_frame(memory, size); }
    static void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
        ::operator delete(memory, alignment);
    }
};

} // namespace corduroy
