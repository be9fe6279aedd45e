#include <corduroy/net/system_resolver.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/lower_case.hpp>

#include "net/name_backend.hpp"
#include "net/name_cache.hpp"

#include <algorithm>
#include <new>
#include <optional>
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
    explicit Implementation(std::unique_ptr<NameBackend> backend) noexcept : backend_(std::move(backend)) {}

    // What is known of `host` by its form, or remembered; nothing where it must be looked up.
    std::optional<std::vector<Address>> at_once(const std::string& host, std::uint16_t port) {
        if (std::vector<Address> addresses = known(host, port); !addresses.empty()) return addresses;
        const NameCache::Entry* entry = cache_.find(host, Reactor::current().now());
        if (entry == nullptr) return std::nullopt;
        if (entry->addresses.empty()) throw_failure(host, entry->failure);
        return with_port(entry->addresses, port);
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

    // Somebody has left; the last one ends it, if it has not ended by itself.
    void leave(Lookup& lookup) noexcept {
        if (--lookup.sharers != 0 && !lookup.ended()) return;
        auto found = lookups_.find(lookup.host());
        if (found != lookups_.end() && found->second.get() == &lookup) {
            auto kept = std::move(found->second);
            lookups_.erase(found);
            remember(lookup);
        }
        if (lookups_.empty() && !lookup.ended() && !stopped_) backend_->give_up();
    }

    void use_servers(const std::string& servers) {
        backend_->use_servers(servers);
        cache_.set(settings_);
    }
    void set_cache(const NameCacheSettings& settings) {
        settings_ = settings;
        cache_.set(settings_);
    }

    void stop() noexcept {
        stopped_ = true;
        backend_->stop();
    }

private:
    void remember(const Lookup& lookup) noexcept {
        if (!lookup.ended() || !lookup.lifetime()) return;
        try {
            cache_.put(lookup.host(), lookup.more_than(0), lookup.failure(), *lookup.lifetime(),
                       Reactor::current().now());
        } catch (const std::bad_alloc&) { // it is looked up again, then
        }
    }

    std::unique_ptr<NameBackend> backend_;
    NameCacheSettings settings_;
    NameCache cache_;
    std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
    bool stopped_ = false;
};

// The part of one who waits in a look-up.
class SystemResolver::Sharing {
public:
    Sharing(Implementation& implementation, const std::string& host)
        : implementation_(implementation), lookup_(implementation.join(host)) {
        ++lookup_->sharers;
    }
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    ~Sharing() { implementation_.leave(*lookup_); }

    const Lookup& lookup() const noexcept { return *lookup_; }

    // Until there are more addresses than these, or no more to come; throws where there are none at all.
    Task<> wait(std::size_t known) {
        try {
            co_await LookupWaiter(*lookup_, known);
        } catch (Cancelled& cancelled) {
            cancelled.during("look up " + lookup_->host());
            throw;
        }
        if (lookup_->addresses().empty()) throw_failure(lookup_->host(), lookup_->failure());
    }

private:
    Implementation& implementation_;
    std::shared_ptr<Lookup> lookup_;
};

namespace {

std::unique_ptr<NameBackend> make_backend(Reactor& reactor) {
    std::unique_ptr<NameBackend> backend = make_kernel_backend(reactor);
    if (!backend) backend = make_ares_backend(reactor);
    if (!backend) backend = make_thread_backend(reactor);
    return backend;
}

} // namespace

SystemResolver::SystemResolver(Reactor& reactor) : SystemResolver(make_backend(reactor)) {}

SystemResolver::SystemResolver(std::unique_ptr<NameBackend> backend)
    : implementation_(std::make_unique<Implementation>(std::move(backend))) {}

SystemResolver::~SystemResolver() = default;

Task<std::vector<Address>> SystemResolver::resolve(std::string host, std::uint16_t port) {
    host = lower_case(host);
    if (auto addresses = implementation_->at_once(host, port)) co_return std::move(*addresses);
    Sharing sharing(*implementation_, host);
    co_await sharing.wait(LookupWaiter::all);
    co_return with_port(sharing.lookup().more_than(0), port);
}

Task<> SystemResolver::resolve_each(std::string host, std::uint16_t port, AddressReceiver& receiver) {
    host = lower_case(host);
    if (auto addresses = implementation_->at_once(host, port)) co_return receiver.found(std::move(*addresses));
    Sharing sharing(*implementation_, host);
    const Lookup& lookup = sharing.lookup();
    for (std::size_t told = 0; told < lookup.addresses().size() || !lookup.ended();) {
        co_await sharing.wait(told);
        std::vector<Address> more = lookup.more_than(told);
        told += more.size();
        if (!more.empty()) receiver.found(with_port(std::move(more), port));
    }
}

void SystemResolver::use_servers(std::string servers) { implementation_->use_servers(servers); }

void SystemResolver::set_cache(const NameCacheSettings& settings) { implementation_->set_cache(settings); }

void SystemResolver::stop() noexcept { implementation_->stop(); }

Resolver& default_resolver() { return Reactor::current().service<SystemResolver>(); }

} // namespace corduroy::net
