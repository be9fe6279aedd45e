#include <corduroy/http/proxy/proxy.hpp>

#include <corduroy/http/error.hpp>
#include <corduroy/http/url.hpp>

#include "http/request_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace corduroy::http {

namespace {

[[noreturn]] void refuse(std::string_view shown, std::string_view why) {
    throw ProxyError({{}, {}, Phase::connect}, shown, "it cannot be used: " + std::string(why));
}

struct Scheme {
    std::string_view name;
    Proxy::Kind kind;
};
constexpr Scheme schemes[] = {
    {"http", Proxy::Kind::http},       {"https", Proxy::Kind::https},   {"socks4", Proxy::Kind::socks4},
    {"socks4a", Proxy::Kind::socks4a}, {"socks5", Proxy::Kind::socks5}, {"socks5h", Proxy::Kind::socks5h},
};

} // namespace

Proxy Proxy::parse(std::string_view text) {
    Proxy proxy;
    std::size_t scheme_end = text.find("://");
    std::string scheme = "http";
    if (scheme_end != std::string_view::npos) {
        scheme = text.substr(0, scheme_end);
        for (char& c : scheme)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        text.remove_prefix(scheme_end + 3);
    }
    // What no error may show.
    std::size_t at = text.rfind('@');
    std::string shown = scheme + "://" + std::string(at == std::string_view::npos ? text : text.substr(at + 1));
    auto kind = std::find_if(std::begin(schemes), std::end(schemes), [&](auto& each) { return each.name == scheme; });
    if (kind == std::end(schemes))
        refuse(shown, "its scheme is none of http, https, socks4, socks4a, socks5 and socks5h");
    proxy.kind_ = kind->kind;
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
        refuse(shown.substr(0, shown.find_first_of(std::string_view("\r\n\0", 3))), "it holds a line end or a NUL");

    // Else the host would be what stands before the password's first slash.
    std::size_t host_end = std::min(text.find_first_of("/\\?#"), text.size());
    if (text.find('@', host_end) != std::string_view::npos)
        refuse(shown, "its user or password holds one of / \\ ? #, which are to be percent-encoded");

    // The rest is parsed as a URL; one of a scheme does not tell the scheme's own port from none.
    std::uint16_t usual = proxy.kind_ == Kind::https ? 443 : 1080;
    try {
        Url url = Url::parse("https://" + std::string(text));
        auto port = url.explicit_port();
        if (!port) port = Url::parse("http://" + std::string(text)).explicit_port(); // 443, if any
        proxy.host_ = url.host();
        proxy.port_ = port.value_or(usual);
        proxy.user_ = percent_decode(url.username());
        proxy.password_ = percent_decode(url.password());
        std::string host = url.host_is_ipv6() ? "[" + proxy.host_ + "]" : proxy.host_;
        proxy.name_ = scheme + "://" + host + ":" + std::to_string(proxy.port_);
    } catch (const UnsupportedUrl& error) {
        refuse(shown, error.reason());
    }
    return proxy;
}

Proxy& Proxy::credentials(std::string_view user, std::string_view password) & {
    user_ = user;
    password_ = password;
    return *this;
}

Proxy& Proxy::header(std::string_view name, std::string_view value) & {
    if (is_ours_to_say(name))
        refuse(name_, "a header of its own cannot be " + std::string(name) + ", which a request says of itself");
    headers_.add(name, value);
    return *this;
}

Proxy& Proxy::always_tunnel(bool on) & noexcept {
    tunnels_all_ = on;
    return *this;
}

Proxy& Proxy::through(const Proxy& socks) & {
    if (!socks.is_socks()) refuse(socks.name(), "another proxy is reached by a SOCKS proxy alone");
    before_ = std::make_shared<const Proxy>(socks);
    return *this;
}

} // namespace corduroy::http
