#pragma once

#include <corduroy/http/headers.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

// A proxy, as a URL names it: "http://user:password@proxy.test:3128".
class Proxy {
public:
    enum class Kind : unsigned char {
        http,    // plain HTTP to the proxy; https goes through a tunnel (CONNECT, RFC 9110 section 9.3.6)
        https,   // the same over TLS to the proxy
        socks4,  // SOCKS 4: IPv4 alone; names are looked up here
        socks4a, // SOCKS 4A; the proxy looks names up
        socks5,  // RFC 1928; names are looked up here
        socks5h, // RFC 1928; the proxy looks names up
    };

    // Without a scheme it is http, without a port 1080, or 443 for https, as curl has it. User and password may be
    // percent-encoded; SOCKS 4 knows no passwords. Raises a ProxyError for another scheme, and for what is no URL of a
    // proxy; no message shows a password.
    static Proxy parse(std::string_view text);

    // User and password in place of the URL's.
    Proxy& credentials(std::string_view user, std::string_view password) &;
    // A header that it is told, and no origin: with CONNECT, and with requests that it forwards. Raises an http::Error
    // for what no header can say, and a ProxyError for Host, Expect and what frames a body. Not for SOCKS.
    Proxy& header(std::string_view name, std::string_view value) &;
    // http goes through a tunnel, too.
    Proxy& always_tunnel(bool on = true) & noexcept;
    // It is reached by another proxy, a SOCKS one (curl's --preproxy). Raises a ProxyError for one that is none.
    Proxy& through(const Proxy& socks) &;
    Proxy&& credentials(std::string_view user, std::string_view password) && {
        return std::move(credentials(user, password));
    }
    Proxy&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
    Proxy&& always_tunnel(bool on = true) && noexcept { return std::move(always_tunnel(on)); }
    Proxy&& through(const Proxy& socks) && { return std::move(through(socks)); }

    Kind kind() const noexcept { return kind_; }
    bool is_socks() const noexcept { return kind_ != Kind::http && kind_ != Kind::https; }
    // Whether names of origins are told to it, and not addresses.
    bool looks_names_up() const noexcept { return kind_ != Kind::socks4 && kind_ != Kind::socks5; }
    // A name or an address, of IPv6 without its brackets.
    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }
    bool has_credentials() const noexcept { return !user_.empty() || !password_.empty(); }
    const Headers& headers() const noexcept { return headers_; }
    bool tunnels_all() const noexcept { return tunnels_all_; }
    // The proxy that this one is reached by; null where it is reached directly.
    const Proxy* before() const noexcept { return before_.get(); }

    // "http://proxy.test:3128": for people, without user and password.
    const std::string& name() const noexcept { return name_; }

private:
    Proxy() = default;

    std::string host_;
    std::string user_;
    std::string password_;
    std::string name_;
    Headers headers_;
    std::shared_ptr<const Proxy> before_;
    std::uint16_t port_ = 0;
    Kind kind_ = Kind::http;
    bool tunnels_all_ = false;
};

} // namespace corduroy::http
