#include <corduroy/net/resolver.hpp>

#include <utility>

namespace corduroy::net {

Task<> Resolver::resolve_each(std::string host, std::uint16_t port, AddressReceiver& receiver) {
    std::vector<Address> addresses = co_await resolve(std::move(host), port);
    receiver.found(std::move(addresses));
}

} // namespace corduroy::net
