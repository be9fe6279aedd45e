#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

// The charset parameter of a content type, as it is written; empty where there is none.
std::string charset_of(std::string_view content_type);

// The text in UTF-8, from the charset that a byte order mark says, or else this one. What is malformed becomes U+FFFD.
// Raises http::Error, without a URL, for a charset that is not known.
std::string to_utf8(std::string_view bytes, std::string_view charset);

} // namespace corduroy::http
