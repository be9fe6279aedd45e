#include <corduroy/net/connect.hpp>

#include <corduroy/async/perform.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include "net/descriptor.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <vector>

namespace corduroy::net {

namespace {

// The addresses that were tried, and why each could not be reached.
class Refusals {
public:
    void add(const Address& address, int error) {
        entries_.push_back({address.is_ip() ? address.host() : address.to_string(), error});
    }

    // `target` is what the user asked for; what it was turned into is told where that says more.
    [[noreturn]] void raise(const std::string& target) const {
        std::string tried;
        bool alike = true;
        for (const Entry& entry : entries_) alike = alike && entry.error == entries_.back().error;
        for (const Entry& entry : entries_) {
            bool explained = alike || &entry == &entries_.back();
            tried += (tried.empty() ? "" : ", ") + entry.host;
            if (!explained) tried += ": " + errno_message(entry.error);
        }
        bool says_more = entries_.size() > 1 || target.find(entries_.back().host) == std::string::npos;
        throw IoError("connect to " + target + (says_more ? " (" + tried + ")" : ""), entries_.back().error);
    }

private:
    struct Entry {
        std::string host;
        int error;
    };
    std::vector<Entry> entries_;
};

// A descriptor connected to `address`, or -errno.
Task<int> connect_socket(Address address, bool no_delay, const std::string& target) {
    kernel::Kernel& kernel = Reactor::current().kernel();
    Descriptor socket(kernel, kernel.socket(address.family(), SOCK_STREAM, 0));
    if (socket.get() < 0) co_return socket.get();
    if (address.is_ip()) socket.set(IPPROTO_TCP, TCP_NODELAY, no_delay);
    kernel::Description what;
    what.opcode = kernel::Opcode::connect;
    what.fd = socket.get();
    what.data = const_cast<sockaddr*>(address.data());
    what.length = address.size();
    try {
        kernel::Completion done = co_await perform(what);
        if (done.result < 0) co_return done.result;
    } catch (Cancelled& cancelled) {
        cancelled.during("connect to " + target);
        throw;
    }
    co_return socket.release();
}

Task<std::vector<Address>> look_up(Resolver& resolver, const std::string& host, std::uint16_t port) {
    try {
        std::vector<Address> addresses = co_await resolver.resolve(host, port);
        if (addresses.empty()) throw ResolveError("look up " + host + " failed: it has no addresses");
        co_return addresses;
    } catch (Cancelled& cancelled) {
        cancelled.during("look up " + host);
        throw;
    }
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
    std::vector<Address> addresses;
    std::string target;
    if (!settings.address_.empty()) {
        addresses.push_back(settings.address_);
        target = settings.address_.to_string();
    } else if (auto literal = Address::parse(settings.host_, settings.port_)) {
        addresses.push_back(*literal);
        target = literal->to_string();
    } else {
        Resolver& resolver = settings.resolver_ != nullptr ? *settings.resolver_ : default_resolver();
        target = settings.host_ + ":" + std::to_string(settings.port_);
        addresses = co_await look_up(resolver, settings.host_, settings.port_);
    }
    Refusals refusals;
    for (const Address& address : addresses) {
        int fd = co_await connect_socket(address, settings.no_delay_, target);
        if (fd >= 0) co_return Stream(adopt_socket(fd, address));
        refusals.add(address, -fd);
    }
    refusals.raise(target);
}

} // namespace corduroy::net
