#pragma once

#include "options/checksum.hpp"
#include "options/options.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace fetch {

// One URL to be fetched, as the command line or a list names it.
struct Target {
    const Operation* operation;
    std::size_t index = 0; // in the run
    std::string url;
    // The file it is to be written to, where one is named; "-" is standard output.
    std::string output;
    bool named = false;
    std::string upload; // -T
    std::optional<Checksum> checksum;
};

} // namespace fetch
