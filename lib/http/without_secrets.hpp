#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

// For messages: text that is perhaps no URL, and perhaps holds a password in a place that no rule foresees. All between
// its scheme and its last '@' goes.
std::string without_secrets(std::string_view text);

} // namespace corduroy::http
