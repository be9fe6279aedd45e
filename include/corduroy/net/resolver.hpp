#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace corduroy::net {

// Turns names into addresses (law 9: passed in, with a good default).
class Resolver {
public:
    virtual ~Resolver() = default;

    // The addresses of `host`, best first, each with `port`; never none. `host` is an ASCII name or a literal address,
    // which needs no lookup. Throws ResolveError, "look up example.test failed: no such host"; cancelling detaches from
    // the lookup, and `Cancelled` then names "look up example.test".
    virtual Task<std::vector<Address>> resolve(std::string host, std::uint16_t port) = 0;
};

// The resolver of the current reactor, a service of it: see SystemResolver.
Resolver& default_resolver();

} // namespace corduroy::net
