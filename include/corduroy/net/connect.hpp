#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/connect_options.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/stream.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace corduroy::net {

// A connection to be made: what `connect` gives. Set what you like, then await it: it gives a Stream.
//
// It looks the host up and tries its addresses as Happy Eyeballs does (RFC 8305, version 2): those of IPv6 and IPv4 in
// turn, the next one 250 ms after the one before or as soon as one has failed, and the first that answers is it; the
// others are cancelled and joined. IPv6 addresses go first where the resolver does not say otherwise, and an answer
// with IPv4 ones alone waits up to 50 ms for them.
//
// Throws ResolveError, or IoError when no address could be reached: "connect to 127.0.0.1:9 failed: Connection
// refused"; with several addresses the message names them all, and the code is of the one that failed last. Cancelling
// gives up and closes; `Cancelled` names "look up HOST" or "connect to HOST:PORT", with the addresses that were tried.
// There is no time bound but the scope's.
class [[nodiscard("co_await it")]] Connecting {
public:
    Connecting(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
    explicit Connecting(const Address& address) : address_(address) {}

    // Asks this resolver, which must outlive the await, instead of the reactor's own.
    Connecting&& resolver(Resolver& resolver) && noexcept {
        resolver_ = &resolver;
        return std::move(*this);
    }
    // Sends small writes at once (TCP_NODELAY); it does, unless told otherwise.
    Connecting&& no_delay(bool on) && noexcept {
        options_.no_delay = on;
        return std::move(*this);
    }
    // This side sends first, and at once: see ConnectOptions.
    Connecting&& speaks_first(bool on) && noexcept {
        options_.speaks_first = on;
        return std::move(*this);
    }
    // How long after an attempt the next one begins, where that has not failed by then.
    Connecting&& attempt_delay(Duration delay) && noexcept {
        options_.attempt_delay = delay;
        return std::move(*this);
    }
    // Connects from this address, and port where it is not 0. A failure names it: "bind to 10.0.0.9:0 failed: …".
    Connecting&& local(const Address& address) && noexcept {
        options_.local = address;
        return std::move(*this);
    }
    // Connects through this network interface.
    Connecting&& interface(std::string name) && noexcept {
        options_.interface = std::move(name);
        return std::move(*this);
    }
    // All of that together.
    Connecting&& options(ConnectOptions options) && noexcept {
        options_ = std::move(options);
        return std::move(*this);
    }

    Task<Stream> into_task() &&;

private:
    static Task<Stream> start(Connecting settings);

    std::string host_;
    std::uint16_t port_ = 0;
    Address address_;
    Resolver* resolver_ = nullptr;
    ConnectOptions options_;
};

inline Connecting connect(std::string host, std::uint16_t port) { return Connecting(std::move(host), port); }
inline Connecting connect(const Address& address) { return Connecting(address); }
// "example.com:80", "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock". Throws Error where it is none of these.
Connecting connect(std::string_view target);

} // namespace corduroy::net
