#pragma once

#include "testing/sim_address.hpp"

#include <corduroy/base/time.hpp>

#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace corduroy::sim {

// What the network knows of a host: who it is, the link that ties it to the network, and what is to go wrong.
struct HostRecord {
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

    // One way over the link: how long, and how much at a time.
    struct Way {
        Duration latency{};
        double bandwidth = 0; // bytes a second; 0: without end
        TimePoint free{};     // when the last bytes will have passed
    };

    std::string name;
    unsigned number = 0;
    Address ipv4{AF_INET};
    Address ipv6{AF_INET6};

    Way out, in;
    Duration jitter{};
    double loss = 0;
    std::size_t fragment = never;
    std::size_t refusals = 0;
    std::size_t reset_after = never; // bytes that it has sent over a connection
    std::size_t end_after = never;
    double refuse_share = 0, reset_share = 0, end_share = 0; // of the connections to it
    bool cut = false;
    std::set<const HostRecord*> cut_from;
    std::multiset<std::uint16_t> starting; // ports at which a server is about to listen

    std::vector<Address> answers; // of a lookup of its name
    std::optional<Duration> lookup_time{Duration::zero()};
    std::size_t lookup_failures = 0;
    std::string lookup_failure;
};

} // namespace corduroy::sim
