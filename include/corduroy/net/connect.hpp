#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/stream.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace corduroy::net {

// A connection to be made: what `connect` gives. Set what you like, then await it: it gives a Stream.
//
// It looks the host up, then tries its addresses in order, the next as soon as one has failed. Throws ResolveError, or
// IoError when no address could be reached: "connect to 127.0.0.1:9 failed: Connection refused"; with several addresses
// the message names them, and the code is the last one's. Cancelling gives up and closes; `Cancelled` names "look up
// HOST" or "connect to HOST:PORT". There is no time bound but the scope's.
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
        no_delay_ = on;
        return std::move(*this);
    }

    Task<Stream> into_task() &&;

private:
    static Task<Stream> start(Connecting settings);

    std::string host_;
    std::uint16_t port_ = 0;
    Address address_;
    Resolver* resolver_ = nullptr;
    bool no_delay_ = true;
};

inline Connecting connect(std::string host, std::uint16_t port) { return Connecting(std::move(host), port); }
inline Connecting connect(const Address& address) { return Connecting(address); }
// "example.com:80", "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock". Throws Error where it is none of these.
Connecting connect(std::string_view target);

} // namespace corduroy::net
