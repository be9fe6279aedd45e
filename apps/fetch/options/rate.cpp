#include "options/rate.hpp"

#include <charconv>
#include <chrono>
#include <system_error>

namespace fetch {

namespace {

constexpr std::size_t largest_count = 1'000'000;

std::optional<corduroy::Duration> unit_of(std::string_view text) {
    using namespace std::chrono_literals;
    if (text == "/s") return 1s;
    if (text == "/m") return 1min;
    if (text.empty() || text == "/h") return 1h;
    if (text == "/d") return 24h;
    return std::nullopt;
}

} // namespace

std::optional<Rate> Rate::parse(std::string_view text) {
    std::size_t count = 0;
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc() || count == 0 || count > largest_count) return std::nullopt;
    auto per = unit_of(std::string_view(rest, static_cast<std::size_t>(end - rest)));
    if (!per) return std::nullopt;
    return Rate{count, *per};
}

} // namespace fetch
