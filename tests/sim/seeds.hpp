#pragma once

#include "sim/ledger.hpp"
#include "sim/traffic.hpp"

#include <cstddef>
#include <cstdint>

namespace corduroy::traffic {

// Which seeds to play, and by how many processes at a time.
struct Plan {
    std::uint64_t first = 0;
    std::uint64_t count = 1000;
    unsigned jobs = 1;
    Load load;
};

// What playing them came to.
struct Tally {
    std::uint64_t played = 0;
    std::uint64_t failed = 0;   // seeds
    std::uint64_t replayed = 0; // a second time, for the same hash
    std::uint64_t hash = 0;     // of all seeds' hashes, whatever their order
    double virtual_seconds = 0;
    double processor_seconds = 0;
    Figures figures;
};

// Plays the seeds, one in sixteen of them twice, each on a reactor of its own. What fails is told on stderr, with how
// to play it again; a process that dies is told of with its seed, and its place is taken by another.
Tally play_seeds(const Plan& plan);

} // namespace corduroy::traffic
