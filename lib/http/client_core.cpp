#include "http/client_core.hpp"

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
      pool_({settings_.connections, settings_.connections_per_origin, settings_.idle_timeout}) {
    if (!settings_.transport) settings_.transport = socket_transport(settings_);
}

Task<std::unique_ptr<ClientConnection>> ClientCore::connect(const Url& url) {
    std::unique_ptr<net::ByteStream> stream = co_await settings_.transport->connect(url);
    co_return std::make_unique<ClientConnection>(std::move(stream), settings_.codec);
}

} // namespace corduroy::http
