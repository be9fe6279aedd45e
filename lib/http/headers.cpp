#include <corduroy/http/headers.hpp>

#include <corduroy/http/error.hpp>

#include "http/characters.hpp"
#include "http/field_text.hpp"

#include <functional>
#include <limits>

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
    if (bytes_.size() + name.size() + value.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error({{}, {}, Phase::send}, "the headers together pass 4 GiB");
    auto ours = [this](std::string_view view) {
        std::less_equal<const char*> before;
        return before(bytes_.data(), view.data()) && before(view.data(), bytes_.data() + bytes_.size());
    };
    // A name or value out of this very object would move as the string grows.
    if (ours(name) || ours(value)) return append(std::string(name), std::string(value));
    Entry entry{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size()),
                static_cast<std::uint32_t>(value.size())};
    bytes_.append(name).append(value);
    entries_.push_back(entry);
}

void Headers::set(std::string_view name, std::string_view value) {
    value = trimmed(value);
    require_valid_field(name, value);
    std::size_t first = find(name, 0);
    if (first == npos) return append(name, value);
    std::string kept_name(name);
    // The new one goes to the end and is then moved to the place of the old.
    append(name, value);
    Entry fresh = entries_.back();
    entries_.pop_back();
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(first), fresh);
    for (std::size_t i = entries_.size(); i-- > first + 1;)
        if (equal_ignoring_case((*this)[i].name, kept_name)) erase(i);
}

std::size_t Headers::remove(std::string_view name) {
    std::string kept_name(name);
    std::size_t count = 0;
    for (std::size_t i = entries_.size(); i-- > 0;) {
        if (!equal_ignoring_case((*this)[i].name, kept_name)) continue;
        erase(i);
        ++count;
    }
    return count;
}

void Headers::erase(std::size_t index) {
    Entry gone = entries_[index];
    std::uint32_t size = gone.name_size + gone.value_size;
    bytes_.erase(gone.offset, size);
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
    for (Entry& entry : entries_)
        if (entry.offset > gone.offset) entry.offset -= size;
}

void Headers::clear() noexcept {
    bytes_.clear();
    entries_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
    entries_.reserve(fields);
    bytes_.reserve(bytes);
}

std::size_t Headers::find(std::string_view name, std::size_t from) const noexcept {
    for (std::size_t i = from; i < entries_.size(); ++i)
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
