#include <corduroy/http/headers.hpp>

#include "http/characters.hpp"
#include "http/field_text.hpp"

#include <functional>
#include <limits>
#include <utility>

namespace corduroy::http {

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i] != right[i] && to_lower(left[i]) != to_lower(right[i])) return false;
    return true;
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
                      static_cast<std::uint32_t>(begin + name.size()), static_cast<std::uint32_t>(value.size())});
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

void Headers::clear() noexcept { store_.clear(); }

void Headers::reserve(std::size_t fields, std::size_t bytes) { store_.reserve(fields, bytes); }

std::size_t Headers::find(std::string_view name, std::size_t from) const noexcept {
    for (std::size_t i = from; i < store_.size(); ++i)
        if (equal_ignoring_case((*this)[i].name, name)) return i;
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

bool Headers::contains(std::string_view name) const noexcept { return find(name, 0) != npos; }

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
