#include "testing/sim_network.hpp"

#include "testing/sim_socket.hpp"

#include <string_view>

namespace corduroy::sim {

namespace {

// A Unix address of the abstract kind, as binding to a nameless address gives: five hexadecimal digits, unix(7).
Address abstract_name(unsigned number) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    for (int digit = 5; digit >= 1; --digit, number /= 16) address.sun_path[digit] = "0123456789abcdef"[number % 16];
    return {reinterpret_cast<const sockaddr*>(&address), offsetof(sockaddr_un, sun_path) + 6};
}

// Whether an IPv6 socket at this address hears IPv4 too.
bool hears_both(const Socket& socket, const Address& address) {
    return address.family() == AF_INET6 && address.unspecified() && !socket.only_ipv6();
}

bool overlap(const Socket& a, const Address& at_a, const Socket& b, const Address& at_b) {
    if (at_a.unix_domain() || at_b.unix_domain()) return at_a.key() == at_b.key();
    if (at_a.port() != at_b.port()) return false;
    if (at_a.family() != at_b.family()) return hears_both(a, at_a) || hears_both(b, at_b);
    return at_a.unspecified() || at_b.unspecified() || at_a.key() == at_b.key();
}

} // namespace

int Network::bind(Socket& socket, Address& address) {
    if (address.unnamed()) {
        do address = abstract_name(next_name_++);
        while (bound(address));
    } else if (!address.unix_domain() && address.port() == 0) {
        int tries = last_port - first_port + 1;
        do address.set_port(ephemeral_port());
        while (taken(socket, address) && --tries > 0);
    }
    if (taken(socket, address)) return -EADDRINUSE;
    bound_.emplace(address.key(), &socket);
    return 0;
}

bool Network::taken(const Socket& socket, const Address& address) const noexcept {
    for (const auto& [key, other] : bound_)
        if (overlap(socket, address, *other, other->address())) return true;
    return false;
}

void Network::leave(Socket& socket) noexcept {
    auto found = bound_.find(socket.address().key());
    if (found != bound_.end() && found->second == &socket) bound_.erase(found);
}

Socket* Network::listening_at(const Address& address) const noexcept {
    auto found = bound_.find(address.key());
    return found != bound_.end() && found->second->listening() ? found->second : nullptr;
}

Socket* Network::listener(const Address& destination) const noexcept {
    if (destination.unix_domain()) return listening_at(destination);
    Address address = destination.unmapped();
    if (Socket* exact = listening_at(address)) return exact;
    if (Socket* any = listening_at(address.any())) return any;
    if (address.family() == AF_INET6) return nullptr;
    if (Socket* exact = listening_at(address.mapped())) return exact;
    Socket* both = listening_at(address.mapped().any());
    return both != nullptr && !both->only_ipv6() ? both : nullptr;
}

std::uint16_t Network::ephemeral_port() noexcept {
    std::uint16_t port = next_port_;
    next_port_ = port == last_port ? first_port : static_cast<std::uint16_t>(port + 1);
    return port;
}

} // namespace corduroy::sim
