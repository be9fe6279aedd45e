#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace corduroy::net {

// Is told of a name's addresses as they become known. (Twisted's IResolutionReceiver.)
class AddressReceiver {
public:
    // Some addresses, best first, in one call or several; called on the reactor's thread.
    virtual void found(std::vector<Address> addresses) = 0;

protected:
    ~AddressReceiver() = default;
};

// Turns names into addresses (law 9: passed in, with a good default).
class Resolver {
public:
    virtual ~Resolver() = default;

    // The addresses of `host`, best first, each with `port`; never none. `host` is an ASCII name or a literal address,
    // which needs no lookup. Throws ResolveError, "look up example.test failed: no such host"; cancelling detaches from
    // the lookup, and `Cancelled` then names "look up example.test".
    virtual Task<std::vector<Address>> resolve(std::string host, std::uint16_t port) = 0;

    // The same for those who can begin with some addresses before the others are known, as `connect` does: tells
    // `receiver`, which must outlive the await, of each batch as it comes, and ends when there are no more. Throws only
    // where nothing was found. Unless it is overridden it tells of all that `resolve` gives at once.
    virtual Task<> resolve_each(std::string host, std::uint16_t port, AddressReceiver& receiver);
};

// The resolver of the current reactor, a service of it: see SystemResolver.
Resolver& default_resolver();

} // namespace corduroy::net
