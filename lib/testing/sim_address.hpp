#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

namespace corduroy::sim {

// A socket address as its own bytes, so that equal addresses are equal keys.
class Address {
public:
    // The address of a socket of that family that has none: the unspecified address, port 0; a nameless Unix socket.
    explicit Address(int family = AF_UNSPEC);
    Address(const sockaddr* address, socklen_t length);

    int family() const noexcept { return static_cast<int>(bytes_.ss_family); }
    bool unix_domain() const noexcept { return family() == AF_UNIX; }
    bool unnamed() const noexcept { return unix_domain() && length_ <= offsetof(sockaddr_un, sun_path); }
    bool pathname() const noexcept {
        return unix_domain() && !unnamed() && reinterpret_cast<const sockaddr_un&>(bytes_).sun_path[0] != 0;
    }
    std::uint16_t port() const noexcept;
    void set_port(std::uint16_t port) noexcept;
    bool unspecified() const noexcept; // 0.0.0.0 or ::
    bool loops_back() const noexcept;  // 127.0.0.0/8 or ::1

    // IPv4 as IPv6 says it, ::ffff:1.2.3.4, and back; anything else as it is. See ipv6(7).
    Address mapped() const noexcept;
    Address unmapped() const noexcept;
    // The unspecified, and the loopback, address of this family, with this port.
    Address any() const noexcept;
    Address loopback() const noexcept;

    // What identifies the address among those bound.
    std::string key() const;

    // As getsockname(2) gives it: cut off at `length`, which becomes the whole length.
    void copy_to(sockaddr* address, socklen_t& length) const noexcept;

    // 0, or -errno where these bytes are no address for a socket of `family`.
    static int check(int family, const sockaddr* address, socklen_t length) noexcept;

private:
    sockaddr_in& ipv4() noexcept { return reinterpret_cast<sockaddr_in&>(bytes_); }
    sockaddr_in6& ipv6() noexcept { return reinterpret_cast<sockaddr_in6&>(bytes_); }
    const sockaddr_in& ipv4() const noexcept { return reinterpret_cast<const sockaddr_in&>(bytes_); }
    const sockaddr_in6& ipv6() const noexcept { return reinterpret_cast<const sockaddr_in6&>(bytes_); }

    sockaddr_storage bytes_{};
    socklen_t length_ = 0;
};

} // namespace corduroy::sim
