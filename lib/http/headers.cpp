#include <corduroy/http/headers.hpp>

#include "http/characters.hpp"
#include "http/field_text.hpp"

#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

namespace corduroy::http {

namespace {

constexpr std::uint64_t in_each_byte(unsigned char byte) noexcept { return 0x0101'0101'0101'0101u * byte; }

std::uint64_t word_at(const char* text) noexcept {
    std::uint64_t word;
    std::memcpy(&word, text, sizeof(word));
    return word;
}

// Eight characters at once. What differs is the bit of the case alone, and that in letters alone.
bool equal_words(std::uint64_t left, std::uint64_t right) noexcept {
    constexpr std::uint64_t case_bit = in_each_byte(0x20), top_bit = in_each_byte(0x80);
    std::uint64_t differ = left ^ right;
    if ((differ & ~case_bit) != 0) return false;
    std::uint64_t small = (left | case_bit) & ~top_bit;
    std::uint64_t from_a = small + in_each_byte(0x80 - 'a');
    std::uint64_t beyond_z = small + in_each_byte(0x80 - 'z' - 1);
    std::uint64_t letters = from_a & ~beyond_z & ~left & top_bit;
    return ((differ << 2) & ~letters) == 0;
}

} // namespace

bool equal_ignoring_case(const char* left, const char* right, std::size_t size) noexcept {
    constexpr std::size_t word = sizeof(std::uint64_t);
    if (size < word) {
        for (std::size_t i = 0; i < size; ++i)
            if (to_lower(left[i]) != to_lower(right[i])) return false;
        return true;
    }
    // The last word may begin inside the one before.
    for (std::size_t i = 0; i < size - word; i += word)
        if (!equal_words(word_at(left + i), word_at(right + i))) return false;
    return equal_words(word_at(left + size - word), word_at(right + size - word));
}

Headers::Headers(std::initializer_list<Field> fields) {
    for (const Field& field : fields) add(field.name, field.value);
}

void Headers::add(std::string_view name, std::string_view value) {
    value = trimmed(value);
    require_valid_field(name, value);
    append(name, value);
}

void Headers::append(std::string_view name, std::string_view value) {
    if (store_.byte_size() + name.size() + value.size() > std::numeric_limits<std::uint32_t>::max())
        refuse_part_of_head("the headers together pass 4 GiB");
    auto ours = [this](std::string_view view) {
        std::less_equal<const char*> before;
        return before(store_.bytes(), view.data()) && before(view.data(), store_.bytes() + store_.byte_size());
    };
    // A name or value out of this very object would move as the string grows.
    if (ours(name) || ours(value)) return append(std::string(name), std::string(value));
    std::size_t begin = store_.byte_size();
    store_.reserve(store_.size() + 1, begin + name.size() + value.size());
    store_.append(name);
    store_.append(value);
    store_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(begin + name.size()), static_cast<std::uint32_t>(value.size())},
                     name);
}

void Headers::set(std::string_view name, std::string_view value) {
    value = trimmed(value);
    require_valid_field(name, value);
    std::size_t first = find(name, 0);
    append(name, value);
    if (first == npos) return;
    Entry fresh = store_.back();
    store_.pop_back();
    store_[first] = fresh;
    // The name may have been one of those that were replaced.
    erase_all((*this)[first].name, first + 1);
    drop_unused_bytes();
}

std::size_t Headers::remove(std::string_view name) {
    std::size_t before = store_.size();
    erase_all(name, 0);
    std::size_t count = before - store_.size();
    if (count > 0) drop_unused_bytes();
    return count;
}

// Leaves the bytes alone, for `name` may be among them.
void Headers::erase_all(std::string_view name, std::size_t from) {
    for (std::size_t i = store_.size(); i-- > from;)
        if (equal_ignoring_case((*this)[i].name, name)) store_.erase(i);
}

// So that an object whose fields are set again and again does not grow.
void Headers::drop_unused_bytes() {
    constexpr std::size_t bearable = 512;
    std::size_t used = byte_size();
    if (store_.byte_size() <= 2 * used + bearable) return;
    Headers compact;
    compact.reserve(store_.size(), used);
    for (auto [name, value] : *this) compact.append(name, value);
    *this = std::move(compact);
}

std::size_t Headers::byte_size() const noexcept {
    std::size_t size = 0;
    for (auto [name, value] : *this) size += name.size() + value.size();
    return size;
}

void Headers::reserve(std::size_t fields, std::size_t bytes) { store_.reserve(fields, bytes); }

std::size_t Headers::find(std::string_view name, std::size_t from) const noexcept {
    if (!store_.may_have(name)) return npos;
    // Most are told apart by their size, and nearly all others by their first letter.
    auto may_be = [first = name.front()](char other) { return ((first ^ other) & ~0x20) == 0; };
    for (std::size_t i = from; i < store_.size(); ++i) {
        const Entry& entry = store_[i];
        const char* other = store_.bytes() + entry.name_offset;
        if (entry.name_size == name.size() && may_be(*other) && equal_ignoring_case(other, name.data(), name.size()))
            return i;
    }
    return npos;
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
    std::size_t index = find(name, 0);
    if (index == npos) return std::nullopt;
    return (*this)[index].value;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (std::size_t i = find(name, 0); i != npos; i = find(name, i + 1)) values.push_back((*this)[i].value);
    return values;
}

std::string Headers::combined(std::string_view name) const {
    std::string text;
    std::size_t first = find(name, 0);
    for (std::size_t i = first; i != npos; i = find(name, i + 1)) {
        if (i != first) text += ", ";
        text += (*this)[i].value;
    }
    return text;
}

bool Headers::has_token(std::string_view name, std::string_view token) const noexcept {
    for (std::size_t i = find(name, 0); i != npos; i = find(name, i + 1)) {
        std::string_view rest = (*this)[i].value;
        while (!rest.empty()) {
            std::size_t comma = rest.find(',');
            if (equal_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
    }
    return false;
}

} // namespace corduroy::http
