#include <corduroy/net/address.hpp>

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace corduroy::net {

namespace {

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

sockaddr_in ipv4(std::uint32_t address, std::uint16_t port) noexcept {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(address);
    return result;
}

sockaddr_in6 ipv6(const in6_addr& address, std::uint16_t port) noexcept {
    sockaddr_in6 result{};
    result.sin6_family = AF_INET6;
    result.sin6_port = htons(port);
    result.sin6_addr = address;
    return result;
}

template <class Raw>
Address from_raw(const Raw& raw) noexcept {
    return Address(reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
}

template <class Raw>
Raw to_raw(const Address& address) noexcept {
    Raw raw{};
    std::memcpy(&raw, address.data(), std::min<std::size_t>(sizeof raw, address.size()));
    return raw;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// The zone of a link-local address: an interface's name or its number; 0 where there is no such thing.
unsigned zone_index(const std::string& zone) {
    if (unsigned index = ::if_nametoindex(zone.c_str())) return index;
    unsigned index = 0;
    auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
    return error == std::errc() && end == zone.data() + zone.size() ? index : 0;
}

std::optional<Address> parse_ipv6(std::string_view text, std::uint16_t port) {
    std::size_t percent = text.find('%');
    in6_addr address{};
    if (::inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), &address) != 1) return std::nullopt;
    sockaddr_in6 raw = ipv6(address, port);
    if (percent != std::string_view::npos) {
        raw.sin6_scope_id = zone_index(std::string(text.substr(percent + 1)));
        if (raw.sin6_scope_id == 0) return std::nullopt;
    }
    return from_raw(raw);
}

} // namespace

Address::Address(const sockaddr* address, socklen_t length) noexcept
    : size_(std::min<socklen_t>(length, sizeof storage_)) {
    std::memcpy(&storage_, address, size_);
}

std::optional<Address> Address::parse(std::string_view host, std::uint16_t port) {
    if (host.find('\0') != std::string_view::npos) return std::nullopt;
    if (host.starts_with('[') && host.ends_with(']')) return parse_ipv6(host.substr(1, host.size() - 2), port);
    if (host.find(':') != std::string_view::npos) return parse_ipv6(host, port);
    in_addr address{};
    if (::inet_pton(AF_INET, std::string(host).c_str(), &address) != 1) return std::nullopt;
    return from_raw(ipv4(ntohl(address.s_addr), port));
}

std::optional<Address> Address::parse(std::string_view text) {
    if (text.starts_with("unix:")) {
        text.remove_prefix(5);
        if (text.empty() || text.size() > longest_path) return std::nullopt;
        return unix_path(text);
    }
    auto parts = HostPort::parse(text);
    if (!parts) return std::nullopt;
    return parse(parts->host, parts->port);
}

Address Address::unix_path(std::string_view path) {
    if (path.empty() || path.size() > longest_path || path.find('\0') != std::string_view::npos)
        throw Error("\"" + std::string(path) + "\" is no path for a Unix socket: it needs 1 to " +
                    std::to_string(longest_path) + " bytes");
    sockaddr_un raw{};
    raw.sun_family = AF_UNIX;
    std::memcpy(raw.sun_path, path.data(), path.size());
    // A path ends with a zero byte; an abstract name begins with one, and ends where the address does.
    bool abstract = path.front() == '@';
    if (abstract) raw.sun_path[0] = '\0';
    std::size_t size = path_offset + path.size() + (abstract ? 0 : 1);
    return Address(reinterpret_cast<const sockaddr*>(&raw), static_cast<socklen_t>(size));
}

Address Address::any_ipv4(std::uint16_t port) noexcept { return from_raw(ipv4(INADDR_ANY, port)); }
Address Address::any_ipv6(std::uint16_t port) noexcept { return from_raw(ipv6(in6addr_any, port)); }
Address Address::loopback_ipv4(std::uint16_t port) noexcept { return from_raw(ipv4(INADDR_LOOPBACK, port)); }
Address Address::loopback_ipv6(std::uint16_t port) noexcept { return from_raw(ipv6(in6addr_loopback, port)); }

std::uint16_t Address::port() const noexcept {
    if (family() == AF_INET) return ntohs(to_raw<sockaddr_in>(*this).sin_port);
    if (family() == AF_INET6) return ntohs(to_raw<sockaddr_in6>(*this).sin6_port);
    return 0;
}

Address Address::with_port(std::uint16_t port) const noexcept {
    if (family() == AF_INET) {
        auto raw = to_raw<sockaddr_in>(*this);
        raw.sin_port = htons(port);
        return from_raw(raw);
    }
    if (family() == AF_INET6) {
        auto raw = to_raw<sockaddr_in6>(*this);
        raw.sin6_port = htons(port);
        return from_raw(raw);
    }
    return *this;
}

std::string Address::host() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (family() == AF_INET) {
        auto raw = to_raw<sockaddr_in>(*this);
        return ::inet_ntop(AF_INET, &raw.sin_addr, text, sizeof text);
    }
    if (family() == AF_INET6) {
        auto raw = to_raw<sockaddr_in6>(*this);
        std::string result = ::inet_ntop(AF_INET6, &raw.sin6_addr, text, sizeof text);
        if (raw.sin6_scope_id == 0) return result;
        char zone[IF_NAMESIZE] = {};
        bool named = ::if_indextoname(raw.sin6_scope_id, zone) != nullptr;
        return result + "%" + (named ? std::string(zone) : std::to_string(raw.sin6_scope_id));
    }
    return to_string();
}

std::string Address::path() const {
    if (!is_unix() || size_ <= path_offset) return {};
    auto raw = to_raw<sockaddr_un>(*this);
    std::size_t length = size_ - path_offset;
    if (raw.sun_path[0] == '\0') return "@" + std::string(raw.sun_path + 1, length - 1);
    return std::string(raw.sun_path, ::strnlen(raw.sun_path, length));
}

std::string Address::to_string() const {
    switch (family()) {
    case AF_INET:
        return host() + ":" + std::to_string(port());
    case AF_INET6:
        return "[" + host() + "]:" + std::to_string(port());
    case AF_UNIX: {
        std::string name = path();
        return "unix:" + (name.empty() ? std::string("(unnamed)") : name);
    }
    case AF_UNSPEC:
        return "(none)";
    default:
        return "(family " + std::to_string(family()) + ")";
    }
}

bool operator==(const Address& a, const Address& b) noexcept {
    if (a.family() != b.family()) return false;
    if (a.family() == AF_UNIX) return a.path() == b.path();
    return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
}

std::optional<HostPort> HostPort::parse(std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto port = parse_port(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return std::nullopt; // an IPv6 address, which needs brackets where a port follows
    if (!port || (bracketed && host.find(':') == std::string_view::npos)) return std::nullopt;
    HostPort result;
    result.host = host;
    result.port = *port;
    return result;
}

} // namespace corduroy::net
