#pragma once

#include <array>
#include <string_view>

namespace corduroy::http {

// The classes of characters that RFC 9110 and RFC 9112 speak of, each an array of 256 answers.
using CharacterSet = std::array<bool, 256>;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// ASCII's letters and digits, and these.
constexpr CharacterSet letters_digits_and(std::string_view others) noexcept {
    CharacterSet set{};
    for (unsigned c = 0; c < 128; ++c) set[c] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
    for (char c : others) set[static_cast<unsigned char>(c)] = true;
    return set;
}

// What a method or a header name is made of (RFC 9110 section 5.6.2).
inline constexpr CharacterSet token_characters = letters_digits_and("!#$%&'*+-.^_`|~");

// What a header value or a reason phrase is made of: TAB, and all but control characters (RFC 9110 section 5.5).
inline constexpr CharacterSet text_characters = [] {
    CharacterSet set{};
    for (unsigned c = 0; c < 256; ++c) set[c] = c == '\t' || (c >= 0x20 && c != 0x7f);
    return set;
}();

constexpr bool consists_of(std::string_view text, const CharacterSet& set) noexcept {
    for (char c : text)
        if (!set[static_cast<unsigned char>(c)]) return false;
    return true;
}

constexpr bool is_token(std::string_view text) noexcept { return !text.empty() && consists_of(text, token_characters); }

constexpr bool is_white_space(char c) noexcept { return c == ' ' || c == '\t'; }

// Without spaces and tabs at either end.
constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_white_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back())) text.remove_suffix(1);
    return text;
}

} // namespace corduroy::http
