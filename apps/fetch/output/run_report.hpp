#pragma once

#include "transfer/transfer_record.hpp"

#include <corduroy/base/time.hpp>

#include <string>
#include <string_view>

namespace fetch {

// A line of --report, without its end: what became of one URL, as a JSON object. Times are in seconds: `begun` since
// `start`, the others since then; null is what was not reached, or not needed.
std::string report_line(const TransferRecord& record, corduroy::TimePoint start);

// The text as a JSON string, in its quotes. Bytes that are no UTF-8 are replaced by U+FFFD.
std::string json_string(std::string_view text);

} // namespace fetch
