#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

// What -z asks for: an answer that has changed since a time, or has not.
struct TimeCondition {
    std::time_t time = 0;
    bool unmodified = false;

    // Of a date, as RFC 9110, RFC 3339 and curl's manual write them ("Wed, 25 Nov 2026 10:00:00 GMT", "25 Nov 2026",
    // "2026-11-25 10:00:00"; UTC), or of a file, for the time of its last change; with '-' before it for `unmodified`.
    // Nothing where it is neither.
    static std::optional<TimeCondition> parse(std::string_view text);

    // Whether what was last changed then is wanted.
    bool holds_for(std::time_t changed) const noexcept;

    // "If-Modified-Since", or the other one.
    std::string_view header() const noexcept;
    // The time as RFC 9110 writes it.
    std::string value() const;
};

// The time that a text of one of these formats, or of HTTP's two old ones, gives, all of it.
std::optional<std::time_t> parse_date(const std::string& text);

} // namespace fetch
