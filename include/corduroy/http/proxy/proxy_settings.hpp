#pragma once

#include <corduroy/http/proxy/proxy.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

class Url;

// By which proxies a client's requests go: one for http, one for https, and the hosts that are asked directly.
class ProxySettings {
public:
    // None.
    ProxySettings() = default;
    // This one for both, see Proxy::parse.
    explicit ProxySettings(std::string_view proxy);
    explicit ProxySettings(const Proxy& proxy);

    // What the environment says, by curl's rules: http_proxy (in lower case alone: a web server gives its programs the
    // other from a request's header), https_proxy and all_proxy, no_proxy, each also in upper case; one that is empty
    // is as good as none. Raises a ProxyError that names the variable.
    static ProxySettings from_environment();
    // What no_proxy says there; empty where it says nothing.
    static std::string exceptions_of_environment();

    ProxySettings& http(std::string_view proxy) &;
    ProxySettings& https(std::string_view proxy) &;
    // Changes each that there is: `settings.each([](Proxy& proxy) { proxy.credentials("user", "secret"); })`.
    template <class Change>
    ProxySettings& each(Change change) & {
        if (http_) change(*http_);
        if (https_) change(*https_);
        return *this;
    }
    // Each is reached by this SOCKS proxy; where there is none, it is the proxy itself (curl's --preproxy).
    ProxySettings& through(const Proxy& socks) &;
    // The hosts that are asked directly, after those that were named before, as no_proxy has them: a list with commas
    // or spaces between names ("example.com" and ".example.com" are that host and all below it), addresses, blocks of
    // addresses ("10.0.0.0/8", "fd00::/8"), each with a port where only that is meant, and "*" for all hosts.
    ProxySettings& except(std::string_view hosts) &;
    // In place of those that were named before.
    ProxySettings& except_only(std::string_view hosts) &;
    ProxySettings&& http(std::string_view proxy) && { return std::move(http(proxy)); }
    ProxySettings&& https(std::string_view proxy) && { return std::move(https(proxy)); }
    ProxySettings&& through(const Proxy& socks) && { return std::move(through(socks)); }
    ProxySettings&& except(std::string_view hosts) && { return std::move(except(hosts)); }

    bool empty() const noexcept { return !http_ && !https_; }
    // The proxy for a URL; null where it is asked directly. Valid as long as these settings.
    const Proxy* find(const Url& url) const;

private:
    std::optional<Proxy> http_;
    std::optional<Proxy> https_;
    std::string excepted_;
};

} // namespace corduroy::http
