#include "transfer/family_resolver.hpp"

#include <corduroy/base/error.hpp>

#include <sys/socket.h>

namespace fetch {

using corduroy::Task;
namespace net = corduroy::net;

namespace {

void keep_family(std::vector<net::Address>& addresses, int family) {
    std::erase_if(addresses, [family](const net::Address& address) { return address.family() != family; });
}

// Passes on what is of the family, and knows whether there was any.
class Filter final : public net::AddressReceiver {
public:
    Filter(net::AddressReceiver& receiver, int family) noexcept : receiver_(receiver), family_(family) {}

    void found(std::vector<net::Address> addresses) override {
        keep_family(addresses, family_);
        if (addresses.empty()) return;
        any_ = true;
        receiver_.found(std::move(addresses));
    }
    bool any() const noexcept { return any_; }

private:
    net::AddressReceiver& receiver_;
    int family_;
    bool any_ = false;
};

} // namespace

Task<std::vector<net::Address>> FamilyResolver::resolve(std::string host, std::uint16_t port) {
    std::vector<net::Address> addresses = co_await next().resolve(host, port);
    keep_family(addresses, family_);
    if (addresses.empty()) raise_none(host);
    co_return addresses;
}

Task<> FamilyResolver::resolve_each(std::string host, std::uint16_t port, net::AddressReceiver& receiver) {
    Filter filter(receiver, family_);
    co_await next().resolve_each(host, port, filter);
    if (!filter.any()) raise_none(host);
}

void FamilyResolver::raise_none(const std::string& host) const {
    throw corduroy::ResolveError("look up " + host + " failed: it has no " + name_of_family(family_) + " address");
}

const char* name_of_family(int family) noexcept { return family == AF_INET ? "IPv4" : "IPv6"; }

} // namespace fetch
