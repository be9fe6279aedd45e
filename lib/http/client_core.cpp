#include "http/client_core.hpp"

#include "http/proxy/proxied_connect.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/service.hpp>

#include <utility>

namespace corduroy::http {

namespace {

// The clients that are used from a reactor.
class ClientRoster final : public Service {
public:
    explicit ClientRoster(Reactor&) {}

    void add(ClientCore& core) noexcept { cores_.push_back(core); }
    void stop() noexcept override {
        cores_.for_each([](ClientCore& core) { core.leave(); });
    }

private:
    IntrusiveList<ClientCore> cores_;
};

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
    : settings_(std::move(settings)), default_fields_(settings_),
      pool_({settings_.connections, settings_.connections_per_origin, settings_.idle_connections,
             settings_.idle_timeout, settings_.drain_timeout}) {
    if (!settings_.transport) settings_.transport = socket_transport(settings_);
}

void ClientCore::take_over() {
    Reactor& here = Reactor::current();
    Reactor* nobody = nullptr;
    if (!owner_.compare_exchange_strong(nobody, &here))
        throw corduroy::Error("this http::Client is another reactor's, which has not ended: a client is used from one "
                              "reactor at a time");
    here.service<ClientRoster>().add(*this);
    pool_.open_again();
}

void ClientCore::leave() noexcept {
    unlink();
    pool_.reactor_ends();
    rate_limiter_.reset();
    owner_.store(nullptr);
}

const std::shared_ptr<const net::TlsContext>& ClientCore::proxy_tls() {
    if (!proxy_tls_) proxy_tls_ = net::TlsContext::make(settings_.proxy_tls);
    return proxy_tls_;
}

KeyedRateLimiter<>* ClientCore::rate_limiter() {
    if (!settings_.rate_limit) return nullptr;
    if (!rate_limiter_) {
        const ClientSettings::RateLimit& limit = *settings_.rate_limit;
        rate_limiter_ = std::make_unique<KeyedRateLimiter<>>(limit.count, limit.per, limit.burst);
    }
    return rate_limiter_.get();
}

Task<std::unique_ptr<ClientConnection>> ClientCore::connect(const Url& url, const Proxy* proxy,
                                                            ConnectObserver& observer) {
    Task<std::unique_ptr<net::ByteStream>> connecting = proxy != nullptr
                                                            ? connect_by_proxy(*this, *proxy, url, observer)
                                                            : settings_.transport->connect_observed(url, observer);
    TimePoint begun = Reactor::current().now();
    std::unique_ptr<net::ByteStream> stream = co_await std::move(connecting);
    auto connection = std::make_unique<ClientConnection>(std::move(stream), settings_.codec);
    connection->cost = Reactor::current().now() - begun;
    co_return connection;
}

} // namespace corduroy::http
