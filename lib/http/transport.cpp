#include <corduroy/http/transport.hpp>

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/tls.hpp>

#include <string>
#include <utility>

namespace corduroy::http {

namespace {

class SocketTransport final : public Transport {
public:
    explicit SocketTransport(const ClientSettings& settings)
        : resolver_(settings.resolver), settings_(settings.tls), options_(settings.connecting) {
        if (!settings.unix_socket.empty()) unix_socket_ = net::Address::unix_path(settings.unix_socket);
    }

    Task<std::unique_ptr<net::ByteStream>> connect(const Url& url) override {
        std::string host(url.host());
        net::Connecting connecting = unix_socket_.empty() ? net::connect(host, url.port()) : net::connect(unix_socket_);
        if (unix_socket_.empty()) static_cast<void>(std::move(connecting).options(options_));
        if (resolver_) static_cast<void>(std::move(connecting).resolver(*resolver_));
        net::Stream connected = co_await std::move(connecting);
        std::unique_ptr<net::ByteStream> stream = std::move(connected).into_bytes();
        if (url.is_secure()) {
            if (!tls_) tls_ = net::TlsContext::make(settings_);
            stream = co_await net::start_tls_client(std::move(stream), tls_, host);
        }
        co_return stream;
    }

private:
    std::shared_ptr<net::Resolver> resolver_; // null: the reactor's own
    net::TlsSettings settings_;
    net::ConnectOptions options_;
    net::Address unix_socket_;                   // empty: to the URL's host
    std::shared_ptr<const net::TlsContext> tls_; // made with the first https request
};

} // namespace

std::shared_ptr<Transport> socket_transport(const ClientSettings& settings) {
    return std::make_shared<SocketTransport>(settings);
}

} // namespace corduroy::http
