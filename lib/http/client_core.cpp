#include "http/client_core.hpp"

#include <corduroy/net/connect.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/service.hpp>

#include <utility>

namespace corduroy::http {

namespace {

class DefaultClient final : public Service {
public:
    explicit DefaultClient(Reactor&) : core_(std::make_shared<ClientCore>(ClientSettings())) {}

    void stop() noexcept override { core_->pool().close(); }
    const std::shared_ptr<ClientCore>& core() const noexcept { return core_; }

private:
    std::shared_ptr<ClientCore> core_;
};

} // namespace

std::shared_ptr<ClientCore> default_client() { return Reactor::current().service<DefaultClient>().core(); }

ClientCore::ClientCore(ClientSettings settings)
    : settings_(std::move(settings)),
      pool_({settings_.connections, settings_.connections_per_origin, settings_.idle_timeout}) {}

Task<std::unique_ptr<ClientConnection>> ClientCore::connect(const Url& url) {
    std::string host(url.host());
    net::Connecting connecting = net::connect(host, url.port());
    if (settings_.resolver) static_cast<void>(std::move(connecting).resolver(*settings_.resolver));
    net::Stream connected = co_await std::move(connecting);
    std::unique_ptr<net::ByteStream> stream = std::move(connected).into_bytes();
    if (url.is_secure()) {
        if (!tls_) tls_ = net::TlsContext::make(settings_.tls);
        stream = co_await net::start_tls_client(std::move(stream), tls_, host);
    }
    co_return std::make_unique<ClientConnection>(std::move(stream), settings_.codec);
}

} // namespace corduroy::http
