#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace fetch {

// Whether this build can hash: it needs OpenSSL.
bool can_hash() noexcept;

// A hash of bytes that come one piece after the other.
class Hash {
public:
    // Of an algorithm that Checksum names. Throws corduroy::Error where this build or machine does not have it.
    explicit Hash(const std::string& algorithm);
    ~Hash();

    void add(std::string_view bytes);
    // Of all that was added, in small letters; once.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fetch
