#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/proxy/proxy.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstdint>
#include <string>

namespace corduroy::http {

// Where a SOCKS5 proxy is to connect to: an address, or where there is none a name that it looks up itself.
struct SocksTarget {
    net::Address address;
    std::string host;
    std::uint16_t port = 0;

    std::string text() const;
};

// The client's side of SOCKS5 (RFC 1928, RFC 1929), after which the stream leads to the target. Gives 0, or the reply
// code of a target that the proxy did not reach, which another one might do better than. Throws a ProxyError.
Task<unsigned> socks5_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target);

// "connection refused", for the message of a reply code.
std::string socks5_reply_text(unsigned code);

} // namespace corduroy::http
