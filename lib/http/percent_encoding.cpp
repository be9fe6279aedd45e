#include "http/percent_encoding.hpp"

#include <corduroy/http/url.hpp>

namespace corduroy::http {

namespace {

constexpr CharacterSet all_but_unreserved = [] {
    CharacterSet set{};
    for (unsigned c = 0; c < 256; ++c) {
        char character = static_cast<char>(c);
        set[c] = !is_alpha(character) && !is_digit(character) &&
                 std::string_view("-._~").find(character) == std::string_view::npos;
    }
    return set;
}();

} // namespace

void append_percent_encoded(std::string& out, std::string_view text, const CharacterSet& set) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && !set[static_cast<unsigned char>(text[plain])]) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        auto byte = static_cast<unsigned char>(text.front());
        out.append({'%', digits[byte >> 4], digits[byte & 15]});
        text.remove_prefix(1);
    }
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    append_percent_encoded(encoded, text, all_but_unreserved);
    return encoded;
}

} // namespace corduroy::http
