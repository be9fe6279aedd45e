#include "transfer/routed_transport.hpp"

#include "transfer/family_resolver.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/net/address.hpp>

#include <cerrno>
#include <string>
#include <sys/socket.h>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace net = corduroy::net;
using Connection = std::unique_ptr<net::ByteStream>;

namespace {

class NoObserver final : public http::ConnectObserver {
public:
    void reached(http::TraceStep) override {}
};

} // namespace

Task<Connection> RoutedTransport::connect(const http::Url& url) {
    NoObserver nobody;
    co_return co_await connect_observed(url, nobody);
}

Task<Connection> RoutedTransport::connect_observed(const http::Url& url, http::ConnectObserver& observer) {
    http::Url place = place_for(url);
    auto literal = net::Address::parse(place.host(), place.port());
    if (family_ != AF_UNSPEC && literal && literal->family() != family_)
        throw corduroy::IoError("connect to " + literal->to_string() + " by " + name_of_family(family_) + " alone",
                                EAFNOSUPPORT);
    Connection stream = co_await sockets_->connect_observed(place, observer);
    if (url.is_secure()) stream = co_await sockets_->secure(std::move(stream), url, observer);
    co_return stream;
}

Task<Connection> RoutedTransport::secure(Connection tunnel, const http::Url& url, http::ConnectObserver& observer) {
    return sockets_->secure(std::move(tunnel), url, observer);
}

http::Url RoutedTransport::place_for(const http::Url& url) const {
    std::string host(url.host());
    std::uint16_t port = url.port();
    for (const ConnectTo& route : routes_) {
        if (!route.matches(host, port)) continue;
        if (!route.host_instead.empty()) host = route.host_instead;
        if (route.port_instead != 0) port = route.port_instead;
        break;
    }
    if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
    return http::Url::parse("http://" + host + ":" + std::to_string(port) + "/");
}

} // namespace fetch
