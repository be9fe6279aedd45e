#pragma once

#include <string>
#include <utility>

namespace corduroy {

// Thrown anywhere in main, or in what it awaits, ends a program under `react` with a status, and nothing is reported:
// `throw Exit(2);`. With a message that goes to stderr, and the status is 1: `throw Exit("usage: fetch URL...");`. Like
// `Cancelled` it is no std::exception, so that `catch (const std::exception&)` lets it pass. (Python's SystemExit, as
// Twisted's react takes it.)
class Exit final {
public:
    explicit Exit(int status = 0) noexcept : status_(status) {}
    explicit Exit(std::string message) noexcept : status_(1), message_(std::move(message)) {}

    int status() const noexcept { return status_; }
    const std::string& message() const noexcept { return message_; }

private:
    int status_;
    std::string message_;
};

} // namespace corduroy
