#include "testing/sim_address.hpp"

#include <algorithm>
#include <cerrno>

namespace corduroy::sim {

Address::Address(int family) {
    bytes_.ss_family = static_cast<sa_family_t>(family);
    switch (family) {
    case AF_INET:
        length_ = sizeof(sockaddr_in);
        break;
    case AF_INET6:
        length_ = sizeof(sockaddr_in6);
        break;
    default:
        length_ = sizeof(sa_family_t);
        break;
    }
}

Address::Address(const sockaddr* address, socklen_t length) : Address(address->sa_family) {
    if (unix_domain()) length_ = std::min<socklen_t>(length, sizeof(sockaddr_un));
    std::memcpy(&bytes_, address, length_);
    // A path ends at its first zero byte, whatever length came with it.
    if (pathname()) {
        const char* path = reinterpret_cast<const sockaddr_un&>(bytes_).sun_path;
        std::size_t room = length_ - offsetof(sockaddr_un, sun_path);
        length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + ::strnlen(path, room) + 1);
    }
}

int Address::check(int family, const sockaddr* address, socklen_t length) noexcept {
    if (address == nullptr || length < sizeof(sa_family_t)) return -EINVAL;
    if (family == AF_INET && length < sizeof(sockaddr_in)) return -EINVAL;
    if (family == AF_INET6 && length < sizeof(sockaddr_in6)) return -EINVAL;
    if (family == AF_UNIX && (length > sizeof(sockaddr_un) || address->sa_family != AF_UNIX)) return -EINVAL;
    return address->sa_family == family ? 0 : -EAFNOSUPPORT;
}

std::uint16_t Address::port() const noexcept {
    if (family() == AF_INET) return ntohs(ipv4().sin_port);
    if (family() == AF_INET6) return ntohs(ipv6().sin6_port);
    return 0;
}

void Address::set_port(std::uint16_t port) noexcept {
    if (family() == AF_INET) ipv4().sin_port = htons(port);
    if (family() == AF_INET6) ipv6().sin6_port = htons(port);
}

bool Address::loops_back() const noexcept {
    if (family() == AF_INET) return ntohl(ipv4().sin_addr.s_addr) >> 24 == 127;
    return family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&ipv6().sin6_addr);
}

bool Address::unspecified() const noexcept {
    if (family() == AF_INET) return ipv4().sin_addr.s_addr == htonl(INADDR_ANY);
    if (family() == AF_INET6) return IN6_IS_ADDR_UNSPECIFIED(&ipv6().sin6_addr);
    return false;
}

Address Address::mapped() const noexcept {
    if (family() != AF_INET) return *this;
    Address result(AF_INET6);
    auto* bytes = result.ipv6().sin6_addr.s6_addr;
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes + 12, &ipv4().sin_addr, 4);
    result.set_port(port());
    return result;
}

Address Address::unmapped() const noexcept {
    if (family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&ipv6().sin6_addr)) return *this;
    Address result(AF_INET);
    std::memcpy(&result.ipv4().sin_addr, ipv6().sin6_addr.s6_addr + 12, 4);
    result.set_port(port());
    return result;
}

Address Address::any() const noexcept {
    Address result(family());
    result.set_port(port());
    return result;
}

Address Address::loopback() const noexcept {
    Address result = any();
    if (family() == AF_INET) result.ipv4().sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family() == AF_INET6) result.ipv6().sin6_addr = in6addr_loopback;
    return result;
}

std::string Address::key() const {
    std::string key(reinterpret_cast<const char*>(&bytes_.ss_family), sizeof bytes_.ss_family);
    auto append = [&key](const auto& part) { key.append(reinterpret_cast<const char*>(&part), sizeof part); };
    if (family() == AF_INET) {
        append(ipv4().sin_addr);
        append(ipv4().sin_port);
    } else if (family() == AF_INET6) {
        append(ipv6().sin6_addr);
        append(ipv6().sin6_port);
        append(ipv6().sin6_scope_id);
    } else {
        key.assign(reinterpret_cast<const char*>(&bytes_), length_);
    }
    return key;
}

void Address::copy_to(sockaddr* address, socklen_t& length) const noexcept {
    std::memcpy(address, &bytes_, std::min(length, length_));
    length = length_;
}

} // namespace corduroy::sim
