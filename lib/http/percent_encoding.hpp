#pragma once

#include "http/characters.hpp"

#include <string>
#include <string_view>

namespace corduroy::http {

constexpr CharacterSet encoded_besides_controls(std::string_view others) {
    CharacterSet set{};
    for (unsigned c = 0; c < 256; ++c) set[c] = c < 0x20 || c > 0x7e;
    for (char c : others) set[static_cast<unsigned char>(c)] = true;
    return set;
}

// The percent-encode sets of the URL Standard, section 1.3. Its newest edition has '^' among those of the path.
inline constexpr CharacterSet fragment_encode_set = encoded_besides_controls(" \"<>`");
inline constexpr CharacterSet special_query_encode_set = encoded_besides_controls(" \"#<>'");
inline constexpr CharacterSet path_encode_set = encoded_besides_controls(" \"#<>?^`{}");
inline constexpr CharacterSet userinfo_encode_set = encoded_besides_controls(" \"#<>?^`{}/:;=@[\\]|");

// Appends the text, each byte of the set as %XX.
void append_percent_encoded(std::string& out, std::string_view text, const CharacterSet& set);

} // namespace corduroy::http
