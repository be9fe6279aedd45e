#pragma once

#include <corduroy/base/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::traffic {

// What became of the requests of a run, in numbers.
struct Figures {
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;     // as they may on such a network
    std::uint64_t deliveries = 0; // to the server's handler
    std::uint64_t repeated = 0;   // requests that were delivered twice, as idempotent ones may be

    Figures& operator+=(const Figures& other) noexcept;
};

// Bytes that belong to a number, such as a request's body.
std::string_view text_of(std::size_t number, std::size_t size);

// The books on all requests of a run, kept from both ends of the network, and what must be true of them: a request is
// answered at most once, and with its own answer; one that is not idempotent is delivered at most once, and any other
// at most twice, for a client repeats it once when a kept connection turns out to be closed; bytes arrive as they were
// sent; and what fails does so as a request may.
class Ledger {
public:
    // At the client, before it is sent: gives its number.
    std::size_t open(bool idempotent);

    // At the server: gives the number of this delivery, which is to be part of the answer.
    std::size_t delivered(std::size_t request, std::string_view body, std::size_t expected_size);

    // The answer to it, as the server makes it and the client is to receive it.
    static std::string answer_to(std::size_t request, std::size_t delivery, std::size_t size);

    // At the client, how it ended.
    void answered(std::size_t request, std::string_view answer, std::size_t expected_size);
    void failed(std::size_t request, const Failure& failure);

    // Something else that must not happen.
    void violated(std::string what);

    // Throws an Error that tells the first thing that was not as it must be.
    void settle() const;

    Figures figures() const noexcept;
    // How often each reason for a failure was given, without the numbers in it.
    const std::map<std::string, std::size_t>& failures() const noexcept { return failures_; }

private:
    struct Entry {
        bool idempotent;
        bool ended = false;
        bool answered = false;
        unsigned deliveries = 0;
    };
    struct Delivery {
        std::size_t request;
        bool answered = false;
    };

    // Null, and a violation, where there is no such request.
    Entry* find(std::size_t request);

    std::vector<Entry> requests_;
    std::vector<Delivery> deliveries_;
    std::map<std::string, std::size_t> failures_;
    std::vector<std::string> violations_;
};

} // namespace corduroy::traffic
