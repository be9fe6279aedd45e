#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/net/address.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace corduroy::net {

// How connections are made. As it comes it is right for almost everybody.
struct ConnectOptions {
    // Sends small writes at once (TCP_NODELAY, set before the first write that could be delayed otherwise).
    bool no_delay = true;

    // This side sends the first bytes, and at once, as in HTTP and TLS. The last packet of the handshake then goes
    // along with them instead of before them (TCP_QUICKACK, off until it is connected), which spares both sides work. A
    // peer that is sent nothing learns 0.2 s later that it is connected to; so this is not for protocols in which it is
    // the peer that speaks first.
    bool speaks_first = false;

    // Where several addresses of a name are tried, the next one begins so long after the one before, unless that has
    // failed by then (RFC 8305, Connection Attempt Delay). Zero tries all at once.
    Duration attempt_delay = std::chrono::milliseconds{250};
    // How long IPv4 addresses that are known wait for the name's IPv6 ones, which go first (RFC 8305, Resolution
    // Delay).
    Duration resolution_delay = std::chrono::milliseconds{50};

    // After so long without a word the system asks the peer whether it is still there, and again each such time
    // (SO_KEEPALIVE); in whole seconds, at least one. Nothing: it does not ask.
    std::optional<Duration> keep_alive;

    // The address, and the port where that is not 0, that this side is to have. Addresses of the other family cannot be
    // reached from it. Empty: the system chooses.
    Address local;
    // The network interface that is to be used, "eth0" (SO_BINDTODEVICE), whatever the routes say. Empty: any.
    std::string interface;
};

} // namespace corduroy::net
