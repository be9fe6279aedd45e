#include "options/time_condition.hpp"

#include <sys/stat.h>

namespace fetch {

std::optional<std::time_t> parse_date(const std::string& text) {
    for (const char* format :
         {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y", "%d %b %Y %H:%M:%S",
          "%d %b %Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%Y%m%d %H:%M:%S", "%Y%m%d"}) {
        std::tm time{};
        const char* end = ::strptime(text.c_str(), format, &time);
        if (end != nullptr && *end == '\0') return ::timegm(&time);
    }
    return std::nullopt;
}

std::optional<TimeCondition> TimeCondition::parse(std::string_view text) {
    TimeCondition condition;
    condition.unmodified = text.starts_with('-');
    if (condition.unmodified) text.remove_prefix(1);
    std::string rest(text);
    auto time = parse_date(rest);
    struct stat status{};
    if (!time && ::stat(rest.c_str(), &status) == 0) time = status.st_mtime;
    if (!time) return std::nullopt;
    condition.time = *time;
    return condition;
}

bool TimeCondition::holds_for(std::time_t changed) const noexcept {
    return unmodified ? changed < time : changed > time;
}

std::string_view TimeCondition::header() const noexcept {
    return unmodified ? "if-unmodified-since" : "if-modified-since";
}

std::string TimeCondition::value() const {
    char text[40];
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

} // namespace fetch
