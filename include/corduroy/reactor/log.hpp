#pragma once

#include <string_view>

namespace corduroy {

// How much it matters what the library tells.
enum class LogLevel : unsigned char {
    debug,   // each connection, each request
    info,    // a server listens, or stops
    warning, // something is wrong that the library gets over: descriptors run out, a step holds the loop
    none,    // no record has it: as the least level wanted, silence
};

// One thing the library tells; the texts are valid during the call.
struct LogRecord {
    LogLevel level;
    std::string_view topic; // the room it comes from: "reactor", "async", "net", "http"
    std::string_view text;  // a line, without its end
};

// "debug", "info", "warning", "none".
std::string_view log_level_name(LogLevel level) noexcept;

} // namespace corduroy
