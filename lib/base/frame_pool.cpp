#include <corduroy/base/frame_pool.hpp>

#include <bit>
#include <utility>

namespace corduroy {

namespace detail {

constinit thread_local FrameList frame_pool[frame_lists] = {};

namespace {

constexpr std::size_t bytes_kept_per_list = std::size_t{1} << 20;
constexpr std::size_t largest_small_frame = frame_step * small_frame_lists;
constexpr std::size_t largest_frame = largest_small_frame << (frame_lists - small_frame_lists);

enum class Lifetime : unsigned char { not_used_yet, in_use, over };

constinit thread_local Lifetime lifetime = Lifetime::not_used_yet;

// The list for blocks of this size, or frame_lists where it is not pooled; asking for 0 bytes wraps around to that.
std::size_t list_for(std::size_t size) noexcept {
    if (size - 1 < largest_small_frame) return (size - 1) / frame_step;
    if (size - 1 >= largest_frame) return frame_lists;
    return small_frame_lists + std::bit_width((size - 1) / largest_small_frame) - 1;
}

std::size_t block_size(std::size_t index) noexcept {
    if (index < small_frame_lists) return (index + 1) * frame_step;
    return largest_small_frame << (index - small_frame_lists + 1);
}

std::size_t room_of(std::size_t index) noexcept { return bytes_kept_per_list / block_size(index); }

// Empties the lists when the thread ends. They themselves need no destruction, so a frame released even later finds
// lists without room, and goes to the allocator.
struct FrameCleanUp {
    FrameCleanUp() noexcept {
        lifetime = Lifetime::in_use;
        for (std::size_t index = 0; index < frame_lists; ++index) frame_pool[index].room = room_of(index);
    }

    ~FrameCleanUp() {
        lifetime = Lifetime::over;
        for (FrameList& list : frame_pool) {
            list.room = 0;
            while (void* frame = list.head) {
                list.head = *static_cast<void**>(frame);
                ::operator delete(frame);
            }
        }
    }
};

void register_clean_up() noexcept { [[maybe_unused]] thread_local FrameCleanUp clean_up; }

} // namespace

void* allocate_frame_slowly(std::size_t size) {
    std::size_t index = list_for(size);
    if (index == frame_lists) return ::operator new(size);
    FrameList& list = frame_pool[index];
    if (void* frame = list.head) {
        list.head = *static_cast<void**>(frame);
        ++list.room;
        return frame;
    }
    return ::operator new(block_size(index));
}

void release_frame_slowly(void* frame, std::size_t size) noexcept {
    if (lifetime == Lifetime::not_used_yet) register_clean_up();
    std::size_t index = list_for(size);
    if (index == frame_lists || frame_pool[index].room == 0) {
        ::operator delete(frame);
        return;
    }
    FrameList& list = frame_pool[index];
    --list.room;
    *static_cast<void**>(frame) = list.head;
    list.head = frame;
}

// The lists are without room, as they are when the thread is over.
FramePoolPause::FramePoolPause() noexcept {
    if (lifetime == Lifetime::not_used_yet) register_clean_up();
    for (std::size_t index = 0; index < frame_lists; ++index)
        lists_[index] = std::exchange(frame_pool[index], FrameList{nullptr, 0});
    lifetime = Lifetime::over;
}

FramePoolPause::~FramePoolPause() {
    for (std::size_t index = 0; index < frame_lists; ++index) frame_pool[index] = lists_[index];
    lifetime = Lifetime::in_use;
}

} // namespace detail

std::size_t pooled_frame_bytes() noexcept {
    if (detail::lifetime != detail::Lifetime::in_use) return 0;
    std::size_t bytes = 0;
    for (std::size_t index = 0; index < detail::frame_lists; ++index) {
        bytes += (detail::room_of(index) - detail::frame_pool[index].room) * detail::block_size(index);
    }
    return bytes;
}

} // namespace corduroy
