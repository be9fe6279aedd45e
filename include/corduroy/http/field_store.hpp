#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

namespace corduroy::http {

// What the fields of a head are kept in: their bytes, and where among them each name and value lies. Both are in one
// block of memory, so that a head costs one allocation, and none when the object is used again. Growing throws
// std::bad_alloc and changes nothing then.
class FieldStore {
public:
    // Places in the bytes, which have more between them: in a head that was received, all of its bytes.
    struct Entry {
        std::uint32_t name_offset;
        std::uint32_t name_size;
        std::uint32_t value_offset;
        std::uint32_t value_size;
    };

    FieldStore() = default;
    FieldStore(const FieldStore& other);
    FieldStore(FieldStore&& other) noexcept { swap(other); }
    FieldStore& operator=(FieldStore other) noexcept {
        swap(other);
        return *this;
    }
    ~FieldStore() = default;

    void swap(FieldStore& other) noexcept;
    // Forgets fields and bytes, and keeps the memory.
    void clear() noexcept { size_ = byte_size_ = 0; }
    // Makes room for so many fields and bytes at least.
    void reserve(std::size_t fields, std::size_t bytes) {
        if (fields > room_ || bytes > byte_room_) grow(fields, bytes);
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const Entry& operator[](std::size_t index) const noexcept { return entries()[index]; }
    Entry& operator[](std::size_t index) noexcept { return entries()[index]; }
    Entry& back() noexcept { return entries()[size_ - 1]; }
    void push_back(const Entry& entry) {
        if (size_ == room_) [[unlikely]]
            grow(size_ + 1, byte_size_);
        entries()[size_++] = entry;
    }
    void pop_back() noexcept { --size_; }
    void erase(std::size_t index) noexcept;

    const char* bytes() const noexcept { return reinterpret_cast<const char*>(memory_.get()) + room_ * sizeof(Entry); }
    std::size_t byte_size() const noexcept { return byte_size_; }
    // `text` is not among the bytes that are here.
    void append(std::string_view text);

private:
    struct Release {
        void operator()(void* memory) const noexcept { ::operator delete(memory); }
    };

    Entry* entries() const noexcept { return static_cast<Entry*>(memory_.get()); }
    void grow(std::size_t fields, std::size_t bytes);
    void allocate(std::size_t fields, std::size_t bytes);

    std::unique_ptr<void, Release> memory_; // room_ entries, and byte_room_ bytes behind them
    std::uint32_t size_ = 0;
    std::uint32_t room_ = 0;
    std::uint32_t byte_size_ = 0;
    std::uint32_t byte_room_ = 0;
};

static_assert(std::is_trivially_copyable_v<FieldStore::Entry>);

} // namespace corduroy::http
