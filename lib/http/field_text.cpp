#include "http/field_text.hpp"

#include <corduroy/http/error.hpp>

#include "http/characters.hpp"

namespace corduroy::http {

std::string hexadecimal(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto byte = static_cast<unsigned char>(c);
    return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

void require_valid_field(std::string_view name, std::string_view value) {
    const ErrorContext context{{}, {}, Phase::send};
    if (name.empty()) throw Error(context, "a header has an empty name");
    for (char c : name) {
        if (token_characters[static_cast<unsigned char>(c)]) continue;
        std::string shown;
        for (char each : name) shown += text_characters[static_cast<unsigned char>(each)] ? each : '?';
        throw Error(context, "the header name \"" + shown + "\" holds the character " + hexadecimal(c) +
                                 ", which no header name may hold");
    }
    for (char c : value) {
        if (text_characters[static_cast<unsigned char>(c)]) continue;
        throw Error(context, "the value of the header " + std::string(name) + " holds the character " + hexadecimal(c) +
                                 ", which no header may hold");
    }
}

} // namespace corduroy::http
