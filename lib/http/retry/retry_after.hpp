#pragma once

#include <corduroy/base/time.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace corduroy::http {

// How long a Retry-After says to wait (RFC 9110 section 10.2.3): "120", or a date. A date that has passed is no time at
// all; a number beyond counting a very long one. Nothing where it is malformed.
std::optional<Duration> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now);

} // namespace corduroy::http
