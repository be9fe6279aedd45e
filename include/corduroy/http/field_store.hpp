#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

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
    FieldStore(FieldStore&& other) noexcept
        : memory_(std::move(other.memory_)), extent_(std::exchange(other.extent_, {})) {}
    FieldStore& operator=(const FieldStore& other) { return *this = FieldStore(other); }
    FieldStore& operator=(FieldStore&& other) noexcept {
        if (this == &other) return *this;
        memory_ = std::move(other.memory_);
        extent_ = std::exchange(other.extent_, {});
        return *this;
    }
    ~FieldStore() = default;

    // Forgets fields and bytes, and keeps the memory.
    void clear() noexcept { extent_.size = extent_.byte_size = 0; }
    // Makes room for so many fields and bytes at least.
    void reserve(std::size_t fields, std::size_t bytes) {
        if (fields > extent_.room || bytes > extent_.byte_room) grow(fields, bytes);
    }

    std::size_t size() const noexcept { return extent_.size; }
    bool empty() const noexcept { return extent_.size == 0; }
    const Entry& operator[](std::size_t index) const noexcept { return entries()[index]; }
    Entry& operator[](std::size_t index) noexcept { return entries()[index]; }
    Entry& back() noexcept { return entries()[extent_.size - 1]; }
    void push_back(const Entry& entry) {
        if (extent_.size == extent_.room) [[unlikely]]
            grow(extent_.size + 1, extent_.byte_size);
        entries()[extent_.size++] = entry;
    }
    void pop_back() noexcept { --extent_.size; }
    void erase(std::size_t index) noexcept;

    const char* bytes() const noexcept {
        return static_cast<const char*>(memory_.get()) + extent_.room * sizeof(Entry);
    }
    std::size_t byte_size() const noexcept { return extent_.byte_size; }
    // `text` is not among the bytes that are here.
    void append(std::string_view text);

private:
    friend class FieldCollector;

    // What the memory has room for, and what of it is used.
    struct Extent {
        std::uint32_t size = 0;
        std::uint32_t room = 0;
        std::uint32_t byte_size = 0;
        std::uint32_t byte_room = 0;
    };
    struct Release {
        void operator()(void* memory) const noexcept { ::operator delete(memory); }
    };

    Entry* entries() const noexcept { return static_cast<Entry*>(memory_.get()); }
    void grow(std::size_t fields, std::size_t bytes);
    void allocate(std::size_t fields, std::size_t bytes);

    std::unique_ptr<void, Release> memory_; // the entries, and the bytes behind them
    Extent extent_;
};

static_assert(std::is_trivially_copyable_v<FieldStore::Entry>);

} // namespace corduroy::http
