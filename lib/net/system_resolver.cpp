#include <corduroy/net/system_resolver.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include "base/lower_case.hpp"
#include "net/name_backend.hpp"

#include <algorithm>
#include <unordered_map>

namespace corduroy::net {

namespace {

// Whether `host` is `domain` or a name below it.
bool within(std::string_view host, std::string_view domain) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (!host.ends_with(domain)) return false;
    host.remove_suffix(domain.size());
    return host.empty() || host.ends_with('.');
}

std::vector<Address> with_port(std::vector<Address> addresses, std::uint16_t port) {
    for (Address& address : addresses) address = address.with_port(port);
    return addresses;
}

[[noreturn]] void throw_failure(const std::string& host, const std::string& why) {
    std::string text = "look up " + (host.empty() ? std::string("\"\"") : host) + " failed: " + why;
    Reactor::current().log(LogLevel::debug, "net", [&] { return text; });
    throw ResolveError(text);
}

// What needs no lookup, by its form or by RFC 6761.
std::vector<Address> known(const std::string& host, std::uint16_t port) {
    std::vector<Address> addresses;
    if (auto literal = Address::parse(host, port)) {
        addresses.push_back(*literal);
    } else if (within(host, "localhost")) {
        addresses.push_back(Address::loopback_ipv4(port));
        addresses.push_back(Address::loopback_ipv6(port));
    } else if (within(host, "invalid")) {
        throw_failure(host, "no such host");
    } else if (host.empty() || host.find('\0') != std::string::npos || host.size() > 255) {
        throw_failure(host, "it is no host name");
    }
    return addresses;
}

} // namespace

class SystemResolver::Implementation {
public:
    explicit Implementation(Reactor& reactor) : backend_(make_kernel_backend(reactor)) {
        if (!backend_) backend_ = make_ares_backend(reactor);
        if (!backend_) backend_ = make_thread_backend(reactor);
    }

    // The lookup of `host` that is under way, or a new one.
    std::shared_ptr<Lookup> join(const std::string& host) {
        if (stopped_) throw_failure(host, "the reactor is ending");
        auto found = lookups_.find(host);
        if (found != lookups_.end()) return found->second;
        auto lookup = std::make_shared<Lookup>(host);
        found = lookups_.emplace(host, lookup).first;
        try {
            backend_->begin(lookup);
        } catch (...) { // nobody will end it
            lookups_.erase(found);
            throw;
        }
        return lookup;
    }

    // Somebody has left; the last one ends it.
    void leave(Lookup& lookup) noexcept {
        if (lookup.awaited()) return;
        auto found = lookups_.find(lookup.host);
        if (found != lookups_.end() && found->second.get() == &lookup) lookups_.erase(found);
        if (lookups_.empty() && !lookup.ended() && !stopped_) backend_->give_up();
    }

    void use_servers(const std::string& servers) { backend_->use_servers(servers); }

    void stop() noexcept {
        stopped_ = true;
        backend_->stop();
    }

private:
    std::unique_ptr<NameBackend> backend_;
    std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
    bool stopped_ = false;
};

SystemResolver::SystemResolver(Reactor& reactor) : implementation_(std::make_unique<Implementation>(reactor)) {}

SystemResolver::~SystemResolver() = default;

Task<std::vector<Address>> SystemResolver::resolve(std::string host, std::uint16_t port) {
    host = lower_case(host);
    std::vector<Address> addresses = known(host, port);
    if (!addresses.empty()) co_return addresses;
    std::shared_ptr<Lookup> lookup = implementation_->join(host);
    {
        struct Leaving {
            Implementation& implementation;
            Lookup& lookup;
            ~Leaving() { implementation.leave(lookup); }
        } leaving{*implementation_, *lookup};
        try {
            co_await LookupWaiter(*lookup);
        } catch (Cancelled& cancelled) {
            cancelled.during("look up " + host);
            throw;
        }
    }
    if (lookup->addresses.empty()) throw_failure(host, lookup->failure);
    co_return with_port(lookup->addresses, port);
}

void SystemResolver::use_servers(std::string servers) { implementation_->use_servers(servers); }

void SystemResolver::stop() noexcept { implementation_->stop(); }

Resolver& default_resolver() { return Reactor::current().service<SystemResolver>(); }

} // namespace corduroy::net
