#pragma once

#include <string_view>

namespace corduroy::http {

// The versions of HTTP whose messages these parsers read and write. Anything else is refused with the version's name.
enum class Version : unsigned char { http_1_0, http_1_1 };

// "HTTP/1.0" or "HTTP/1.1", as in a start line.
constexpr std::string_view to_string(Version version) noexcept {
    return version == Version::http_1_0 ? "HTTP/1.0" : "HTTP/1.1";
}

} // namespace corduroy::http
