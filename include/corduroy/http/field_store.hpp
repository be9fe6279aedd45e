#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace corduroy::http {

// What the fields of a head are kept in: their bytes, and where among them each name and value lies. Both are in one
// block of memory from the frame pool: heads come and go with the requests. Growing throws std::bad_alloc and changes
// nothing then.
class FieldStore {
public:
    // One bit for each name that was added, which are not empty, by size and first letter: most names that are not here
    // are known not to be without a look at any that is. Twice the letter, for then its case makes no difference.
    using Kinds = std::uint64_t;
    static Kinds kind_of(const char* name, std::size_t size) noexcept {
        return Kinds{1} << ((size + 2 * static_cast<unsigned char>(*name)) % 64);
    }

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
        : memory_(std::exchange(other.memory_, nullptr)), extent_(std::exchange(other.extent_, {})) {}
    FieldStore& operator=(const FieldStore& other) { return *this = FieldStore(other); }
    FieldStore& operator=(FieldStore&& other) noexcept {
        if (this == &other) return *this;
        if (memory_ != nullptr) release();
        memory_ = std::exchange(other.memory_, nullptr);
        extent_ = std::exchange(other.extent_, {});
        return *this;
    }
    ~FieldStore() {
        if (memory_ != nullptr) release();
    }

    // Forgets fields and bytes, and keeps the memory.
    void clear() noexcept {
        extent_.size = extent_.byte_size = 0;
        extent_.kinds = 0;
    }
    // Makes room for so many fields and bytes at least.
    void reserve(std::size_t fields, std::size_t bytes) {
        if (fields > extent_.room || bytes > extent_.byte_room) grow(fields, bytes);
    }

    std::size_t size() const noexcept { return extent_.size; }
    bool empty() const noexcept { return extent_.size == 0; }
    const Entry& operator[](std::size_t index) const noexcept { return entries()[index]; }
    Entry& operator[](std::size_t index) noexcept { return entries()[index]; }
    Entry& back() noexcept { return entries()[extent_.size - 1]; }
    // `name` is what lies, or will lie, where the entry says.
    void push_back(const Entry& entry, std::string_view name) {
        if (extent_.size == extent_.room) [[unlikely]]
            grow(extent_.size + 1, extent_.byte_size);
        entries()[extent_.size++] = entry;
        extent_.kinds |= kind_of(name.data(), name.size());
    }
    // False where no field has this name.
    bool may_have(std::string_view name) const noexcept {
        return !name.empty() && (extent_.kinds & kind_of(name.data(), name.size())) != 0;
    }
    void pop_back() noexcept { --extent_.size; }
    void erase(std::size_t index) noexcept;

    const char* bytes() const noexcept { return static_cast<const char*>(memory_) + extent_.room * sizeof(Entry); }
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
        Kinds kinds = 0; // of what has been erased, too
    };

    Entry* entries() const noexcept { return static_cast<Entry*>(memory_); }
    std::size_t memory_size() const noexcept { return extent_.room * sizeof(Entry) + extent_.byte_room; }
    void grow(std::size_t fields, std::size_t bytes);
    void allocate(std::size_t fields, std::size_t bytes);
    void release() noexcept;

    void* memory_ = nullptr; // the entries, and the bytes behind them
    Extent extent_;
};

static_assert(std::is_trivially_copyable_v<FieldStore::Entry>);

} // namespace corduroy::http
