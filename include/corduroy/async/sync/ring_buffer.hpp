#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace corduroy::detail {

// Items in the order in which they came. It grows by doubling and never shrinks, so that it allocates nothing once it
// is as large as it has to be.
template <class T>
class RingBuffer {
    static_assert(std::is_nothrow_move_constructible_v<T>, "items are moved where nothing may throw");

public:
    RingBuffer() noexcept = default;
    RingBuffer(const RingBuffer&) = delete;
    RingBuffer& operator=(const RingBuffer&) = delete;
    ~RingBuffer() {
        clear();
        if (room_ != 0) std::allocator<T>().deallocate(slots_, room_);
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    // The item with that number, counted from the first.
    T& operator[](std::size_t number) noexcept { return *slot(number); }
    const T& operator[](std::size_t number) const noexcept { return *slot(number); }

    // Throws std::bad_alloc, where `item` is left as it is.
    void push_back(T&& item) {
        if (size_ == room_) [[unlikely]]
            grow();
        std::construct_at(slot(size_), std::move(item));
        ++size_;
    }

    T pop_front() noexcept {
        T* first = slot(0);
        T item(std::move(*first));
        std::destroy_at(first);
        first_ = (first_ + 1) & (room_ - 1);
        --size_;
        return item;
    }

    void clear() noexcept {
        while (!empty()) static_cast<void>(pop_front());
    }

private:
    // The place of the item with that number, counted from the first.
    T* slot(std::size_t number) const noexcept { return slots_ + ((first_ + number) & (room_ - 1)); }

    void grow() {
        std::size_t room = room_ == 0 ? 8 : room_ * 2;
        T* slots = std::allocator<T>().allocate(room);
        for (std::size_t i = 0; i < size_; ++i) {
            std::construct_at(slots + i, std::move(*slot(i)));
            std::destroy_at(slot(i));
        }
        if (room_ != 0) std::allocator<T>().deallocate(slots_, room_);
        slots_ = slots;
        room_ = room;
        first_ = 0;
    }

    T* slots_ = nullptr;
    std::size_t room_ = 0; // a power of two, or 0
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

} // namespace corduroy::detail
