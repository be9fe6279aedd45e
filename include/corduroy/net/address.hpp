#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace corduroy::net {

// The address of a socket, by value: IPv4, IPv6 or Unix. A default-constructed one is empty, of family AF_UNSPEC.
class Address {
public:
    Address() noexcept = default;
    // A copy of what the system gave, or is to be given.
    Address(const sockaddr* address, socklen_t length) noexcept;

    // The address that `host` spells out, without any lookup: "127.0.0.1", "::1", "[::1]", "fe80::1%eth0". Nothing for
    // a name, and for anything else (inet_pton's forms: no "127.1", no octal).
    static std::optional<Address> parse(std::string_view host, std::uint16_t port);
    // The same with its port, as `to_string` writes it: "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock".
    static std::optional<Address> parse(std::string_view text);
    // A path in the file system, or with '@' as its first character a name in Linux's abstract namespace. Throws Error
    // when it is empty or longer than the 107 bytes that there is room for.
    static Address unix_path(std::string_view path);

    static Address any_ipv4(std::uint16_t port) noexcept;      // 0.0.0.0
    static Address any_ipv6(std::uint16_t port) noexcept;      // ::
    static Address loopback_ipv4(std::uint16_t port) noexcept; // 127.0.0.1
    static Address loopback_ipv6(std::uint16_t port) noexcept; // ::1

    bool empty() const noexcept { return family() == AF_UNSPEC; }
    int family() const noexcept { return storage_.ss_family; } // AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC
    bool is_ip() const noexcept { return family() == AF_INET || family() == AF_INET6; }
    bool is_unix() const noexcept { return family() == AF_UNIX; }

    // The port in the machine's byte order; 0 where there is none.
    std::uint16_t port() const noexcept;
    Address with_port(std::uint16_t port) const noexcept;

    // "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock", "unix:@name", "unix:(unnamed)"; "(none)" for an empty one.
    std::string to_string() const;
    // The same without the port and brackets: "127.0.0.1", "::1".
    std::string host() const;
    // The path of a Unix address, an abstract one beginning with '@'; empty for all others.
    std::string path() const;

    const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const noexcept { return size_; }

    friend bool operator==(const Address& a, const Address& b) noexcept;

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

// A host and a port as a person writes them: "example.com:80", "127.0.0.1:80", "[::1]:80", ":80" (an empty host).
struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    // Nothing where there is no port, or it is no number up to 65535.
    static std::optional<HostPort> parse(std::string_view text);
};

} // namespace corduroy::net
