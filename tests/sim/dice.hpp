#pragma once

#include <corduroy/base/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace corduroy::traffic {

// What a scenario leaves to its seed.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : numbers_(seed) {}

    // A number below `bound`, which is not zero.
    std::size_t below(std::size_t bound) { return numbers_() % bound; }
    std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
    bool chance(double share) { return static_cast<double>(numbers_() >> 11) * 0x1p-53 < share; }
    Duration up_to(Duration most) { return Duration(below(static_cast<std::size_t>(most.count()) + 1)); }

private:
    std::mt19937_64 numbers_;
};

} // namespace corduroy::traffic
