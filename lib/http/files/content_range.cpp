#include <corduroy/http/files/content_range.hpp>

#include "http/http_date.hpp"

#include <charconv>
#include <chrono>
#include <string_view>

namespace corduroy::http {

namespace {

std::optional<std::uint64_t> position_in(std::string_view digits) {
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

} // namespace

std::optional<ContentRange> ContentRange::of(const Headers& headers) {
    constexpr std::string_view unit = "bytes ";
    std::string_view text = headers.get("content-range").value_or("");
    std::size_t slash = text.find('/');
    if (!text.starts_with(unit) || slash == std::string_view::npos) return std::nullopt;
    ContentRange range{.first = std::nullopt, .size = position_in(text.substr(slash + 1))};
    std::string_view part = text.substr(unit.size(), slash - unit.size());
    if (part == "*") return range;
    range.first = position_in(part.substr(0, part.find('-')));
    if (!range.first) return std::nullopt;
    return range;
}

std::string range_validator(const Headers& headers) {
    if (headers.contains("content-encoding")) return {};
    std::string_view tag = headers.get("etag").value_or("");
    if (tag.starts_with('"')) return std::string(tag);
    if (!tag.empty()) return {};
    std::string_view modified = headers.get("last-modified").value_or("");
    auto changed = parse_date(modified);
    auto answered = parse_date(headers.get("date").value_or(""));
    // What changed within the second of the answer may have changed again in it (RFC 9110 section 8.8.2.2).
    bool is_strong = changed && answered && *changed <= *answered - std::chrono::seconds{1};
    return is_strong ? std::string(modified) : std::string();
}

bool is_of_version(const Headers& headers, std::string_view validator) {
    if (headers.contains("content-encoding")) return false;
    std::string_view field = validator.starts_with('"') ? "etag" : "last-modified";
    return headers.get(field).value_or(validator) == validator;
}

} // namespace corduroy::http
