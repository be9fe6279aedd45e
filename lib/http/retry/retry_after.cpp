#include <corduroy/http/retry/retry_after.hpp>

#include <corduroy/reactor/reactor.hpp>

#include "http/characters.hpp"
#include "http/http_date.hpp"

#include <algorithm>
#include <cstdint>

namespace corduroy::http {

std::optional<Duration> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now) {
    constexpr std::int64_t very_many = 1'000'000'000; // seconds: some thirty years
    bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
    if (digits) {
        std::int64_t count = 0;
        for (char c : text) count = std::min(count * 10 + (c - '0'), very_many);
        return std::chrono::seconds(count);
    }
    auto date = parse_date(text);
    if (!date) return std::nullopt;
    if (*date <= now) return Duration::zero(); // the difference to one long past is more than a clock can say
    return std::min<Duration>(*date - now, std::chrono::seconds(very_many));
}

std::chrono::system_clock::time_point time_of_turn() {
    Reactor& reactor = Reactor::current();
    Duration since = reactor.kernel().now() - reactor.now();
    return reactor.kernel().wall_clock() - std::chrono::duration_cast<std::chrono::system_clock::duration>(since);
}

} // namespace corduroy::http
