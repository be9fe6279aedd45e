#pragma once

#include <corduroy/base/time.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace corduroy::http {

// How long the value of a Retry-After says to wait (RFC 9110 section 10.2.3): "120" seconds, or until a date, in one of
// the three forms that HTTP has for dates, by a calendar that says `now`. A date that has passed is no time at all;
// what is beyond some thirty years is that long. Nothing where the text is malformed. A RetryPolicy does as it says by
// itself; this is for those who decide on their own when to ask again.
std::optional<Duration> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now);

// The time of day at which the current reactor's turn began, to be such a `now` for a delay that is slept: `sleep`
// counts from there, and would end before the date by as much as the turn has taken since.
std::chrono::system_clock::time_point time_of_turn();

} // namespace corduroy::http
