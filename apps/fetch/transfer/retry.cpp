#include "transfer/retry.hpp"

#include "transfer/exit_status.hpp"

#include <corduroy/http/retry/retry_after.hpp>

#include <algorithm>
#include <chrono>

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
    return corduroy::http::parse_retry_after(*text, corduroy::http::time_of_turn());
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
