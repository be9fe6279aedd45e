#pragma once

#include <corduroy/base/time.hpp>

#include <chrono>
#include <cstddef>

namespace corduroy::net {

// How long a SystemResolver remembers what name servers have said.
struct NameCacheSettings {
    // So many names at most, of which the least recently used one goes first. With 0 nothing is remembered.
    std::size_t names = 1000;
    // A name's addresses are remembered as long as their TTL says, but no longer than this.
    Duration longest = std::chrono::hours{1};
    // How long it is remembered that there is no such name, or that it has no addresses: whoever waits for a name to
    // appear waits no longer than that. With 0 it is not.
    Duration longest_negative = std::chrono::seconds{5};
};

} // namespace corduroy::net
