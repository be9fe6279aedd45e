#pragma once

#include <corduroy/net/address.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace corduroy::net {

// The addresses that one connection was tried with, in the order of trying, and why they could not be reached: for what
// is told in the end.
class ConnectAttempts {
public:
    // `target` is what the user asked for.
    explicit ConnectAttempts(std::string target) : target_(std::move(target)) {}

    const std::string& target() const noexcept { return target_; }
    bool empty() const noexcept { return attempts_.empty(); }

    // Gives the attempt's number, for `failed`.
    std::size_t begin(const Address& address);
    void failed(std::size_t attempt, int error) noexcept;

    // Throws an IoError with the last failure's code. One at least has failed.
    [[noreturn]] void raise() const;
    // "connect to shop.test:80 (10.0.0.1: Connection refused, 10.0.0.2)", the phase of a connection that was given up.
    std::string phase() const;

private:
    struct Attempt {
        std::string host;
        int error; // 0: it has not ended
    };

    std::string list(const Attempt* left_out) const;

    std::string target_;
    std::vector<Attempt> attempts_;
    std::size_t last_failed_ = 0;
};

} // namespace corduroy::net
