#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// A point in time as heads tell it: "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point time);

// Such a date, one in an older form of that section, or whatever else cookies have for one: its parts in any order (RFC
// 6265bis section 5.1.1).
std::optional<std::chrono::system_clock::time_point> parse_date(std::string_view text);

} // namespace corduroy::http
