#include "input/url_glob.hpp"

#include <corduroy/http/error.hpp>

#include <charconv>
#include <utility>

namespace fetch {

namespace {

// Of "[::1]" and the like: up to the ']', or to the end of one without, which others refuse; 0 where it is none.
std::size_t ipv6_length(std::string_view rest) noexcept {
    std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return rest.starts_with("[::") ? rest.size() : 0;
    std::string_view inside = rest.substr(1, end - 1);
    std::size_t zone = inside.find('%');
    bool address = inside.find(':') != std::string_view::npos &&
                   inside.substr(0, zone).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    // "[1:2]" would be a range without its '-'; an address has two colons.
    return address && inside.find(':') != inside.rfind(':') ? end + 1 : 0;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<std::uint64_t> take_number(std::string_view& rest) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

} // namespace

std::string UrlGlob::Part::text() const {
    if (!words.empty()) return words[literal ? 0 : place];
    std::uint64_t value = from + place * step;
    if (letters) return std::string(1, static_cast<char>(value));
    std::string number = std::to_string(value);
    return number.size() < width ? std::string(width - number.size(), '0') + number : number;
}

UrlGlob::UrlGlob(std::string_view text) : text_(text) {
    std::string literal;
    for (std::string_view rest = text_; !rest.empty();) {
        if (rest.front() == '\\' && rest.size() > 1 &&
            std::string_view("{}[]\\").find(rest[1]) != std::string_view::npos) {
            literal += rest[1];
            rest.remove_prefix(2);
        } else if (std::size_t address = rest.front() == '[' ? ipv6_length(rest) : 0; address != 0) {
            literal += rest.substr(0, address);
            rest.remove_prefix(address);
        } else if (rest.front() == '{' || rest.front() == '[') {
            add_literal(std::exchange(literal, {}));
            parts_.push_back(rest.front() == '{' ? words_from(rest) : range_from(rest));
        } else if (rest.front() == '}' || rest.front() == ']') {
            refuse(rest, "nothing was opened that this could close");
        } else {
            literal += rest.front();
            rest.remove_prefix(1);
        }
    }
    add_literal(std::move(literal));
}

UrlGlob UrlGlob::plain(std::string_view text) {
    UrlGlob glob;
    glob.add_literal(std::string(text));
    return glob;
}

void UrlGlob::add_literal(std::string text) {
    if (text.empty()) return;
    Part part;
    part.literal = true;
    part.words.push_back(std::move(text));
    parts_.push_back(std::move(part));
}

UrlGlob::Part UrlGlob::words_from(std::string_view& rest) const {
    std::string_view begin = rest;
    Part part;
    std::string word;
    for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
        char c = rest.front();
        if (c == '{' || c == '[') refuse(rest, "sets cannot be nested");
        if (c == ',' || c == '}') part.words.push_back(std::exchange(word, {}));
        if (c == '}') {
            rest.remove_prefix(1);
            return part;
        }
        if (c == ',') continue;
        if (c == '\\' && rest.size() > 1) rest.remove_prefix(1);
        word += rest.front();
    }
    refuse(begin, "the set is not closed");
}

UrlGlob::Part UrlGlob::range_from(std::string_view& rest) const {
    constexpr std::string_view wanted = "this is no range, such as [1-20], [001-100:3] or [a-z]";
    std::string_view begin = rest;
    std::string_view inside = rest.substr(1);
    Part part;
    std::uint64_t to = 0;
    if (inside.size() >= 3 && is_letter(inside[0]) && inside[1] == '-' && is_letter(inside[2])) {
        part.letters = true;
        part.from = static_cast<unsigned char>(inside[0]);
        to = static_cast<unsigned char>(inside[2]);
        inside.remove_prefix(3);
    } else {
        std::size_t digits = 0;
        while (digits < inside.size() && is_digit(inside[digits])) ++digits;
        if (digits > 1 && inside.front() == '0') part.width = digits;
        auto first = take_number(inside);
        if (!first || !inside.starts_with('-')) refuse(begin, wanted);
        inside.remove_prefix(1);
        auto last = take_number(inside);
        if (!last) refuse(begin, wanted);
        part.from = *first;
        to = *last;
    }
    if (inside.starts_with(':')) {
        inside.remove_prefix(1);
        auto step = take_number(inside);
        if (!step || *step == 0) refuse(begin, wanted);
        part.step = *step;
    }
    if (!inside.starts_with(']')) refuse(begin, wanted);
    if (to < part.from) refuse(begin, "the range ends before it begins");
    part.count = (to - part.from) / part.step + 1;
    rest = inside.substr(1);
    return part;
}

void UrlGlob::refuse(std::string_view rest, std::string_view why) const {
    throw corduroy::http::InvalidUrl(text_, "at character " + std::to_string(text_.size() - rest.size() + 1) + ", " +
                                                std::string(why) + " (-g takes {}[] as they are)");
}

std::optional<std::string> UrlGlob::next() {
    if (ended_) return std::nullopt;
    std::string url;
    chosen_.clear();
    for (const Part& part : parts_) {
        std::string text = part.text();
        url += text;
        if (!part.literal) chosen_.push_back(std::move(text));
    }
    ended_ = true;
    for (auto part = parts_.rbegin(); part != parts_.rend() && ended_; ++part) {
        if (part->literal) continue;
        if (++part->place < part->size())
            ended_ = false;
        else
            part->place = 0;
    }
    return url;
}

std::string UrlGlob::fill(std::string_view name) const {
    std::string filled;
    while (!name.empty()) {
        char c = name.front();
        name.remove_prefix(1);
        std::string_view digits = name;
        auto number = c == '#' ? take_number(digits) : std::nullopt;
        if (number && *number >= 1 && *number <= chosen_.size()) {
            filled += chosen_[*number - 1];
            name = digits;
        } else {
            filled += c;
        }
    }
    return filled;
}

} // namespace fetch
