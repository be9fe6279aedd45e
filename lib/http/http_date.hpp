#pragma once

#include <chrono>
#include <string>

namespace corduroy::http {

// A point in time as heads tell it: "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::string http_date(std::chrono::system_clock::time_point time);

} // namespace corduroy::http
