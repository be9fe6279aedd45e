#include "transfer/retry.hpp"

#include "options/time_condition.hpp"
#include "transfer/exit_status.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <limits>

namespace fetch {

using corduroy::Duration;
using namespace std::chrono_literals;

namespace {

constexpr Duration longest_delay = 10min;

bool is_transient_status(int status) noexcept {
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool is_transient(const RetryOptions& options, const TransferRecord& record) noexcept {
    if (is_transient_status(record.status)) return true;
    if (!record.failed()) return false;
    if (record.exit_status == write_error) return false;
    if (options.all_errors) return true;
    if (record.exit_status == not_connected) return options.refused;
    return record.exit_status == timed_out || record.exit_status == host_not_resolved;
}

std::optional<Duration> wanted_by_server(const TransferRecord& record) {
    auto text = record.headers.get("retry-after");
    if (!text) return std::nullopt;
    unsigned seconds = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error == std::errc() && end == text->data() + text->size()) return std::chrono::seconds(seconds);
    auto date = parse_date(std::string(*text));
    if (!date) return std::nullopt;
    // A difference of years would be more than a Duration holds.
    std::time_t left = *date - std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return std::chrono::seconds(std::clamp<std::time_t>(left, 0, std::numeric_limits<unsigned>::max()));
}

} // namespace

std::optional<Duration> delay_before_retry(const RetryOptions& options, const TransferRecord& record,
                                           Duration elapsed) {
    if (record.tries > options.count || !is_transient(options, record)) return std::nullopt;
    Duration delay =
        options.delay.value_or(std::min<Duration>(1s * (1u << std::min(record.tries - 1, 16u)), longest_delay));
    if (auto wanted = wanted_by_server(record)) delay = *wanted;
    // Nobody is kept waiting for as long as a server likes.
    if (options.max_time ? elapsed + delay > *options.max_time : delay > longest_delay) return std::nullopt;
    return delay;
}

} // namespace fetch
