#pragma once

#include "http/proxy/socks.hpp"

namespace corduroy::http {

// See check_socks_target.
void check_socks4_target(const Proxy& proxy, const SocksTarget& target);

// SOCKS 4 and 4A, as their authors described them (openssh.com/txt/socks4.protocol and socks4a.protocol); see
// socks_handshake. What the stream throws is not put into other words yet.
Task<std::string> socks4_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target);

} // namespace corduroy::http
