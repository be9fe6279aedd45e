#include <corduroy/net/connect.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include "net/connect_attempts.hpp"
#include "net/connect_socket.hpp"
#include "net/connection_race.hpp"
#include "net/socket_stream.hpp"

namespace corduroy::net {

namespace {

// One address needs no race.
Task<Stream> connect_to(Address address, const ConnectOptions& options) {
    Task<int> connecting = connect_socket(address, options);
    int fd = -1;
    try {
        fd = co_await std::move(connecting);
    } catch (Cancelled& cancelled) {
        cancelled.during("connect to " + address.to_string());
        throw;
    }
    if (fd >= 0) co_return Stream(adopt_connected(fd, address, options.no_delay));
    throw IoError("connect to " + address.to_string(), -fd);
}

} // namespace

Connecting connect(std::string_view target) {
    if (target.starts_with("unix:")) return Connecting(Address::unix_path(target.substr(5)));
    auto parts = HostPort::parse(target);
    if (!parts || parts->host.empty())
        throw Error("connect to \"" + std::string(target) + "\" failed: it is neither HOST:PORT nor unix:PATH");
    return Connecting(std::move(parts->host), parts->port);
}

Task<Stream> Connecting::into_task() && { return start(std::move(*this)); }

Task<Stream> Connecting::start(Connecting settings) {
    if (settings.address_.empty()) {
        if (auto literal = Address::parse(settings.host_, settings.port_)) settings.address_ = *literal;
    }
    if (!settings.address_.empty()) co_return co_await connect_to(settings.address_, settings.options_);
    Resolver& resolver = settings.resolver_ != nullptr ? *settings.resolver_ : default_resolver();
    ConnectionRace race(resolver, settings.host_, settings.port_, settings.options_);
    co_return co_await race.run();
}

} // namespace corduroy::net
