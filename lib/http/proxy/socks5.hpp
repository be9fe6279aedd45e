#pragma once

#include "http/proxy/socks.hpp"

namespace corduroy::http {

// See check_socks_target.
void check_socks5_target(const Proxy& proxy, const SocksTarget& target);

// RFC 1928, RFC 1929; see socks_handshake. What the stream throws is not put into other words yet.
Task<std::string> socks5_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target);

} // namespace corduroy::http
