#pragma once

#include <corduroy/http/field_store.hpp>

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// The fields of a head in their order: a multimap whose names are compared without regard to case (RFC 9110 section 5).
// All bytes lie together and a field is four numbers, so that a head costs one allocation, and none when the object is
// used again. Looking up is a walk over the fields, which for heads of usual size beats any index.
//
// Views and iterators that were handed out are valid until the next change. Names are kept as they were written.
class Headers {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };
    class const_iterator;

    Headers() = default;
    // Adds each field as add() does.
    Headers(std::initializer_list<Field> fields);

    // Appends a field. White space around the value is dropped. Raises http::Error, naming the header, when the name is
    // no token or the value holds CR, LF, NUL or another control character than TAB (RFC 9110 section 5.5): nothing
    // that was added can end a line early, and so smuggle in a header or a request.
    void add(std::string_view name, std::string_view value);
    // Replaces the first field of this name and removes the others, or adds one.
    void set(std::string_view name, std::string_view value);
    // Removes all fields of this name; says how many there were.
    std::size_t remove(std::string_view name);
    // Forgets all fields and keeps the memory.
    void clear() noexcept { store_.clear(); }
    void reserve(std::size_t fields, std::size_t bytes);

    // The value of the first field of this name.
    std::optional<std::string_view> get(std::string_view name) const noexcept;
    // The values of all fields of this name, in order.
    std::vector<std::string_view> get_all(std::string_view name) const;
    // The same joined by ", ", which is what several fields of a list-valued header mean (RFC 9110 section 5.3);
    // empty when there is none.
    std::string combined(std::string_view name) const;
    bool contains(std::string_view name) const noexcept { return store_.may_have(name) && find(name, 0) != npos; }
    // Whether one of the comma-separated items of the fields of this name is `token`, in any case:
    // has_token("connection", "close").
    bool has_token(std::string_view name, std::string_view token) const noexcept;

    std::size_t size() const noexcept { return store_.size(); }
    bool empty() const noexcept { return store_.empty(); }
    Field operator[](std::size_t index) const noexcept;
    const_iterator begin() const noexcept;
    const_iterator end() const noexcept;

    // The bytes of all names and values together.
    std::size_t byte_size() const noexcept;

private:
    friend class FieldCollector;
    using Entry = FieldStore::Entry;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    // The place of the first field of this name at or after `from`, or npos.
    std::size_t find(std::string_view name, std::size_t from) const noexcept;
    void append(std::string_view name, std::string_view value);
    void erase_all(std::string_view name, std::size_t from);
    void drop_unused_bytes();

    FieldStore store_;
};

// Yields each Field by value, in order.
class Headers::const_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Field;

    const_iterator() = default;
    Field operator*() const noexcept { return (*headers_)[index_]; }
    const_iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    const_iterator operator++(int) noexcept {
        const_iterator before = *this;
        ++index_;
        return before;
    }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

private:
    friend class Headers;
    const_iterator(const Headers* headers, std::size_t index) noexcept : headers_(headers), index_(index) {}

    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
};

inline Headers::Field Headers::operator[](std::size_t index) const noexcept {
    const Entry& entry = store_[index];
    const char* bytes = store_.bytes();
    return {{bytes + entry.name_offset, entry.name_size}, {bytes + entry.value_offset, entry.value_size}};
}

inline Headers::const_iterator Headers::begin() const noexcept { return {this, 0}; }
inline Headers::const_iterator Headers::end() const noexcept { return {this, store_.size()}; }

// Whether two header names, or tokens, are the same without regard to ASCII case; the first asks it of two that have
// `size` bytes each.
bool equal_ignoring_case(const char* left, const char* right, std::size_t size) noexcept;
inline bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && equal_ignoring_case(left.data(), right.data(), left.size());
}

} // namespace corduroy::http
