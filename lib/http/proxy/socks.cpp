#include "http/proxy/socks.hpp"

#include "http/proxy/socks4.hpp"
#include "http/proxy/socks5.hpp"

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>

#include <exception>
#include <netinet/in.h>
#include <utility>

namespace corduroy::http {

namespace {

bool is_version_4(const Proxy& proxy) noexcept {
    return proxy.kind() == Proxy::Kind::socks4 || proxy.kind() == Proxy::Kind::socks4a;
}

Task<std::string> shake_hands(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target) {
    return is_version_4(proxy) ? socks4_handshake(stream, proxy, target) : socks5_handshake(stream, proxy, target);
}

} // namespace

std::string SocksTarget::text() const {
    return address.empty() ? host + ":" + std::to_string(port) : address.to_string();
}

void check_socks_target(const Proxy& proxy, const SocksTarget& target) {
    if (is_version_4(proxy))
        check_socks4_target(proxy, target);
    else
        check_socks5_target(proxy, target);
}

Task<std::string> socks_handshake(net::ByteStream& stream, const Proxy& proxy, const SocksTarget& target) {
    std::string protocol = is_version_4(proxy) ? "SOCKS4" : "SOCKS5";
    try {
        co_return co_await shake_hands(stream, proxy, target);
    } catch (Cancelled& cancelled) {
        cancelled.during(protocol + " handshake with the proxy " + proxy.name() + " for " + target.text());
        throw;
    } catch (const ProxyError&) {
        throw;
    } catch (const corduroy::Error& error) {
        throw ProxyError({{}, {}, Phase::connect}, proxy.name(), protocol + " handshake: " + std::string(error.what()),
                         std::current_exception());
    }
}

void refuse_socks(const Proxy& proxy, std::string why) {
    throw ProxyError({{}, {}, Phase::connect}, proxy.name(), std::move(why));
}

std::string port_bytes(const SocksTarget& target) {
    return {static_cast<char>(target.port >> 8), static_cast<char>(target.port & 0xff)};
}

std::string ipv4_bytes(const SocksTarget& target) {
    const auto* raw = reinterpret_cast<const sockaddr_in*>(target.address.data());
    return {reinterpret_cast<const char*>(&raw->sin_addr), 4};
}

} // namespace corduroy::http
