#pragma once

#include "options/options.hpp"
#include "transfer/transfer_record.hpp"

#include <corduroy/base/time.hpp>

#include <optional>

namespace fetch {

// How long to wait before another try of what ended like this, the `tries`-th of them, `elapsed` after the first began;
// nothing where there is to be none. What is tried again is what curl calls transient: a time-out, a name that could
// not be looked up, and the statuses 408, 429, 500, 502, 503 and 504; more where the options say so. Retry-After counts
// for more than the options' delay (RFC 9110 section 10.2.3), but more than 10 minutes are not waited unless the
// options bound the whole.
std::optional<corduroy::Duration> delay_before_retry(const RetryOptions& options, const TransferRecord& record,
                                                     corduroy::Duration elapsed);

} // namespace fetch
