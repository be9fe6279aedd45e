#pragma once

#include "sim/ledger.hpp"

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace corduroy::traffic {

// How much of it.
struct Load {
    std::size_t clients = 100;
    std::size_t requests = 20; // of each client
};

// What a run came to.
struct Outcome {
    Failure failure; // empty where all was as it must be
    std::uint64_t log_hash = 0;
    Duration elapsed{}; // virtual time
    Figures figures;
    std::map<std::string, std::size_t> failures; // how often each reason for a failed request was given
    std::string log;                             // where it was to be kept
};

// Clients, each on a host and with an http::Client of its own, ask one server, in virtual time, over a network of which
// everything is drawn from the seed: how slow each link is, what it cuts up and loses, which connections are refused,
// reset or cut short, which lookups fail, who is cut off and for how long; and on a kernel with every edge. Then all is
// mended, and each client's next request must be answered. See Ledger for what else must be true, and nothing may be
// left open at the end.
Outcome play(std::uint64_t seed, const Load& load = {}, bool keep_log = false);

} // namespace corduroy::traffic
