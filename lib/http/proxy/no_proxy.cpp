#include "http/proxy/no_proxy.hpp"

#include "http/field_text.hpp"

#include <corduroy/http/headers.hpp>
#include <corduroy/net/address.hpp>

#include <charconv>
#include <cstddef>
#include <netinet/in.h>
#include <optional>
#include <span>

namespace corduroy::http {

namespace {

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
    unsigned number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
    return number;
}

std::span<const unsigned char> bytes_of(const net::Address& address) {
    if (address.family() == AF_INET6) {
        const auto* raw = reinterpret_cast<const sockaddr_in6*>(address.data());
        return {raw->sin6_addr.s6_addr, 16};
    }
    const auto* raw = reinterpret_cast<const sockaddr_in*>(address.data());
    return {reinterpret_cast<const unsigned char*>(&raw->sin_addr), 4};
}

// "10.0.0.0/8", or an address alone.
bool in_block(const net::Address& host, std::string_view block) {
    std::size_t slash = block.find('/');
    auto address = net::Address::parse(block.substr(0, slash), 0);
    if (!address || address->family() != host.family()) return false;
    auto bytes = bytes_of(host);
    auto prefix = bytes_of(*address);
    unsigned bits = static_cast<unsigned>(bytes.size()) * 8;
    if (slash != std::string_view::npos) {
        auto given = parse_number(block.substr(slash + 1), bits);
        if (!given) return false;
        bits = *given;
    }
    for (std::size_t i = 0; i < bytes.size() && bits > 0; ++i) {
        unsigned now = bits < 8 ? bits : 8;
        unsigned mask = 0xffU << (8 - now) & 0xffU;
        if (((bytes[i] ^ prefix[i]) & mask) != 0) return false;
        bits -= now;
    }
    return true;
}

// A port that an entry ends with, which is taken from it; 0 where there is none, nothing where it is malformed.
std::optional<std::uint16_t> take_port(std::string_view& entry) {
    std::size_t colon = entry.rfind(':');
    if (colon == std::string_view::npos) return 0;
    bool bracketed = entry.starts_with('[');
    if (bracketed && colon < entry.rfind(']')) return 0;
    if (!bracketed && entry.find(':') != colon) return 0; // an IPv6 address
    auto port = parse_number(entry.substr(colon + 1), 65535);
    entry = entry.substr(0, colon);
    if (!port) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

bool matches(std::string_view entry, std::string_view host, const std::optional<net::Address>& address,
             std::uint16_t port) {
    if (entry == "*") return true;
    auto only = take_port(entry);
    if (!only || (*only != 0 && *only != port)) return false;
    if (address) {
        if (entry.starts_with('[') && entry.find(']') != std::string_view::npos) {
            std::string plain(entry.substr(1, entry.find(']') - 1));
            plain.append(entry.substr(entry.find(']') + 1));
            return in_block(*address, plain);
        }
        return in_block(*address, entry);
    }
    if (entry.starts_with('.')) entry.remove_prefix(1);
    if (entry.ends_with('.')) entry.remove_suffix(1);
    if (entry.empty() || host.size() < entry.size()) return false;
    std::string_view tail = host.substr(host.size() - entry.size());
    return equal_ignoring_case(tail, entry) &&
           (tail.size() == host.size() || host[host.size() - tail.size() - 1] == '.');
}

} // namespace

bool is_excepted(std::string_view list, std::string_view host, std::uint16_t port) {
    if (host.ends_with('.')) host.remove_suffix(1);
    auto address = net::Address::parse(host, 0);
    while (!list.empty()) {
        std::size_t end = list.find_first_of(", \t");
        std::string_view entry = list.substr(0, end);
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
        if (!entry.empty() && matches(entry, host, address, port)) return true;
    }
    return false;
}

} // namespace corduroy::http
