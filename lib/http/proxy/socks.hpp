#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/proxy/proxy.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace corduroy::http {

// Where a SOCKS proxy is to connect to: an address, or where there is none a name that it looks up itself.
struct SocksTarget {
    net::Address address;
    std::string host;
    std::uint16_t port = 0;

    std::string text() const;
};

// Throws a ProxyError for what the proxy's protocol cannot say, before anything is connected.
void check_socks_target(const Proxy& proxy, const SocksTarget& target);

// The client's side of SOCKS, as the proxy's kind has it, after which the stream leads to the target. Gives nothing, or
// why the proxy did not reach the target ("connection refused"), where another one might do better. Throws a
// ProxyError. What it is to say was checked.
Task<std::string> socks_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target);

// Of the files beside this one: what both versions have in common, a fault of the proxy's, and the bytes of a target.
inline constexpr char socks_connect = 1;
inline constexpr std::size_t longest_socks_text = 255;
[[noreturn]] void refuse_socks(const Proxy& proxy, std::string why);
std::string port_bytes(const SocksTarget& target);
std::string ipv4_bytes(const SocksTarget& target);

} // namespace corduroy::http
