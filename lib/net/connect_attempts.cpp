#include "net/connect_attempts.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>

namespace corduroy::net {

std::size_t ConnectAttempts::begin(const Address& address) {
    attempts_.push_back({address.is_ip() ? address.host() : address.to_string(), 0});
    return attempts_.size() - 1;
}

void ConnectAttempts::failed(std::size_t attempt, int error) noexcept {
    attempts_[attempt].error = error;
    last_failed_ = attempt;
}

// The addresses in brackets, each with why it failed, but for those who failed for the reason that `left_out` failed
// for where all did, and `left_out` itself: the message ends with that. Nothing where the target says it all.
std::string ConnectAttempts::list(const Attempt* left_out) const {
    bool says_more = attempts_.size() > 1 || target_.find(attempts_.back().host) == std::string::npos;
    if (!says_more) return {};
    bool alike = left_out != nullptr && std::ranges::all_of(attempts_, [&](const Attempt& attempt) {
                     return attempt.error == left_out->error;
                 });
    std::string text;
    for (const Attempt& attempt : attempts_) {
        text += (text.empty() ? " (" : ", ") + attempt.host;
        if (attempt.error != 0 && !alike && &attempt != left_out) text += ": " + errno_message(attempt.error);
    }
    return text + ")";
}

void ConnectAttempts::raise() const {
    const Attempt& last = attempts_[last_failed_];
    throw IoError("connect to " + target_ + list(&last), last.error);
}

std::string ConnectAttempts::phase() const { return "connect to " + target_ + list(nullptr); }

} // namespace corduroy::net
