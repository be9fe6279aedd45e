#include "http/proxy/proxied_connect.hpp"

#include "http/credentials.hpp"
#include "http/proxy/socks.hpp"
#include "http/proxy/tunnel.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/tls.hpp>

#include <exception>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace corduroy::http {

namespace {

using Stream = std::unique_ptr<net::ByteStream>;

// Of the way to the proxy nothing is told but the name: connected is who has reached the origin.
class WayToProxy final : public ConnectObserver {
public:
    explicit WayToProxy(ConnectObserver& observer) noexcept : observer_(observer) {}

    void reached(TraceStep step) override {
        if (step == TraceStep::name) observer_.reached(step);
    }

private:
    ConnectObserver& observer_;
};

Task<Stream> connect_by_socks(ClientCore& core, const Proxy& proxy, const Url& url, ConnectObserver& observer);

// With TLS of the proxy's own where it is an https one: what is known of origins does not go for it.
Task<Stream> reach(ClientCore& core, const Proxy& proxy, ConnectObserver& observer) {
    Url url = Url::parse("http" + proxy.name().substr(proxy.name().find("://")));
    WayToProxy way(observer);
    try {
        Stream stream;
        if (proxy.before() != nullptr)
            stream = co_await connect_by_socks(core, *proxy.before(), url, way);
        else
            stream = co_await core.settings().transport->connect_observed(url, way);
        if (proxy.kind() != Proxy::Kind::https) co_return stream;
        co_return co_await net::start_tls_client(std::move(stream), core.proxy_tls(), std::string(url.host()));
    } catch (const ProxyError&) {
        throw; // the one before
    } catch (const corduroy::Error& error) {
        throw ProxyError({{}, {}, Phase::connect}, proxy.name(), error.what(), std::current_exception());
    }
}

// What the proxy is to try in turn: each address, where names are looked up here.
Task<std::vector<SocksTarget>> targets_of(ClientCore& core, const Proxy& proxy, const Url& url) {
    const ClientSettings& settings = core.settings();
    std::vector<SocksTarget> targets(1);
    targets[0].host = url.host();
    targets[0].port = url.port();
    bool only_ipv4 = proxy.kind() == Proxy::Kind::socks4;
    if (auto literal = net::Address::parse(url.host(), url.port())) {
        // What SOCKS 4 cannot say as an address is a name to a proxy that looks names up.
        if (proxy.kind() != Proxy::Kind::socks4a || literal->family() == AF_INET) targets[0].address = *literal;
    } else if (!proxy.looks_names_up()) {
        net::Resolver& resolver = settings.resolver ? *settings.resolver : net::default_resolver();
        std::vector<net::Address> addresses = co_await resolver.resolve(std::string(url.host()), url.port());
        SocksTarget first = std::move(targets[0]);
        targets.clear();
        for (const net::Address& address : addresses) {
            if (only_ipv4 && address.family() != AF_INET) continue;
            targets.push_back(first);
            targets.back().address = address;
        }
        if (targets.empty())
            throw ProxyError({{}, {}, Phase::connect}, proxy.name(),
                             "SOCKS4 has no way to " + first.text() + ", which has no address of IPv4");
    }
    co_return targets;
}

// By each of its addresses in turn, until the proxy reaches one.
Task<Stream> connect_by_socks(ClientCore& core, const Proxy& proxy, const Url& url, ConnectObserver& observer) {
    std::vector<SocksTarget> targets = co_await targets_of(core, proxy, url);
    std::string why;
    for (const SocksTarget& target : targets) {
        check_socks_target(proxy, target);
        Stream stream = co_await reach(core, proxy, observer);
        why = co_await socks_handshake(*stream, proxy, target);
        if (why.empty()) co_return stream;
    }
    throw ProxyError({{}, {}, Phase::connect}, proxy.name(),
                     "it did not connect to " + targets.back().text() + ": " + why);
}

} // namespace

void append_proxy_fields(std::string& out, const Proxy& proxy, bool authorized) {
    append_fields(out, proxy.headers());
    if (proxy.has_credentials() && !authorized && !proxy.headers().contains("proxy-authorization"))
        append_field(out, "proxy-authorization", basic_credentials(proxy.user(), proxy.password()));
}

Task<Stream> connect_by_proxy(ClientCore& core, const Proxy& proxy, const Url& url, ConnectObserver& observer) {
    Stream stream;
    if (proxy.is_socks()) {
        stream = co_await connect_by_socks(core, proxy, url, observer);
    } else {
        stream = co_await reach(core, proxy, observer);
        if (!is_forwarded(&proxy, url)) stream = co_await open_tunnel(std::move(stream), proxy, url, core.settings());
    }
    observer.reached(TraceStep::connect);
    if (url.is_secure()) stream = co_await core.settings().transport->secure(std::move(stream), url, observer);
    co_return stream;
}

} // namespace corduroy::http
