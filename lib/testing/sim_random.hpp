#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace corduroy::sim {

// A stream of random numbers that a seed determines on every machine: a counter in golden-ratio steps, each value
// mixed (the generator known as splitmix64). Not for secrets.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        std::uint64_t value = state_ += 0x9e37'79b9'7f4a'7c15;
        value = (value ^ (value >> 30)) * 0xbf58'476d'1ce4'e5b9;
        value = (value ^ (value >> 27)) * 0x94d0'49bb'1331'11eb;
        return value ^ (value >> 31);
    }

    // A number below `bound`, which is not zero. The bias is below bound / 2^64.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

    // True in this share of the cases, which lies between 0 and 1.
    bool chance(double share) noexcept { return static_cast<double>(next() >> 11) * 0x1p-53 < share; }

    void fill(std::span<std::byte> bytes) noexcept {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i, value >>= 8) {
            if (i % 8 == 0) value = next();
            bytes[i] = static_cast<std::byte>(value);
        }
    }

private:
    std::uint64_t state_;
};

} // namespace corduroy::sim
