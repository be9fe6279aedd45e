#include <corduroy/http/transport.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/tls.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace corduroy::http {

namespace {

// A resolver that tells when it knows the first addresses.
class ObservedResolver final : public net::Resolver {
public:
    // Null: the reactor's own resolver; and nobody who is to be told.
    ObservedResolver(net::Resolver* resolver, ConnectObserver* observer) noexcept
        : resolver_(resolver), observer_(observer) {}

    Task<std::vector<net::Address>> resolve(std::string host, std::uint16_t port) override {
        return resolver().resolve(std::move(host), port);
    }

    Task<> resolve_each(std::string host, std::uint16_t port, net::AddressReceiver& receiver) override {
        if (observer_ == nullptr) return resolver().resolve_each(std::move(host), port, receiver);
        return resolve_observed(std::move(host), port, receiver);
    }

private:
    class Receiver final : public net::AddressReceiver {
    public:
        Receiver(net::AddressReceiver& receiver, ConnectObserver& observer) noexcept
            : receiver_(receiver), observer_(&observer) {}

        void found(std::vector<net::Address> addresses) override {
            if (observer_ != nullptr) std::exchange(observer_, nullptr)->reached(TraceStep::name);
            receiver_.found(std::move(addresses));
        }

    private:
        net::AddressReceiver& receiver_;
        ConnectObserver* observer_;
    };

    Task<> resolve_observed(std::string host, std::uint16_t port, net::AddressReceiver& receiver) {
        Receiver observed(receiver, *observer_);
        co_await resolver().resolve_each(std::move(host), port, observed);
    }

    // Asked for only when there is a name: whoever connects to addresses needs no resolver.
    net::Resolver& resolver() const { return resolver_ != nullptr ? *resolver_ : net::default_resolver(); }

    net::Resolver* resolver_;
    ConnectObserver* observer_;
};

class SocketTransport final : public Transport {
public:
    explicit SocketTransport(const ClientSettings& settings)
        : resolver_(settings.resolver), settings_(settings.tls), options_(settings.connecting) {
        options_.speaks_first = true; // the request, or TLS
        if (!settings.unix_socket.empty()) unix_socket_ = net::Address::unix_path(settings.unix_socket);
    }

    Task<std::unique_ptr<net::ByteStream>> connect(const Url& url) override { return open(url, nullptr); }
    Task<std::unique_ptr<net::ByteStream>> connect_observed(const Url& url, ConnectObserver& observer) override {
        return open(url, &observer);
    }
    Task<std::unique_ptr<net::ByteStream>> secure(std::unique_ptr<net::ByteStream> tunnel, const Url& url,
                                                  ConnectObserver& observer) override {
        return start_tls(std::move(tunnel), std::string(url.host()), &observer);
    }

private:
    Task<std::unique_ptr<net::ByteStream>> open(const Url& url, ConnectObserver* observer) {
        ObservedResolver resolver(resolver_.get(), observer);
        Task<net::Stream> connecting = connect_to(url, resolver);
        net::Stream connected = co_await std::move(connecting);
        std::unique_ptr<net::ByteStream> stream = std::move(connected).into_bytes();
        if (observer != nullptr) observer->reached(TraceStep::connect);
        if (!url.is_secure()) co_return stream;
        Task<std::unique_ptr<net::ByteStream>> securing =
            start_tls(std::move(stream), std::string(url.host()), observer);
        co_return co_await std::move(securing);
    }

    // No coroutine, and by itself: in the frame of one the builder would have room beside the Task that it becomes.
    [[gnu::noinline]] Task<net::Stream> connect_to(const Url& url, net::Resolver& resolver) const {
        net::Connecting connecting =
            unix_socket_.empty() ? net::connect(std::string(url.host()), url.port()) : net::connect(unix_socket_);
        if (unix_socket_.empty()) static_cast<void>(std::move(connecting).options(options_));
        static_cast<void>(std::move(connecting).resolver(resolver));
        return std::move(connecting).into_task();
    }

    Task<std::unique_ptr<net::ByteStream>> start_tls(std::unique_ptr<net::ByteStream> below, std::string host,
                                                     ConnectObserver* observer) {
        if (!tls_) tls_ = net::TlsContext::make(settings_);
        std::unique_ptr<net::ByteStream> stream = co_await net::start_tls_client(std::move(below), tls_, host);
        if (observer != nullptr) observer->reached(TraceStep::tls);
        co_return stream;
    }

    std::shared_ptr<net::Resolver> resolver_; // null: the reactor's own
    net::TlsSettings settings_;
    net::ConnectOptions options_;
    net::Address unix_socket_;                   // empty: to the URL's host
    std::shared_ptr<const net::TlsContext> tls_; // made with the first https request
};

} // namespace

Task<std::unique_ptr<net::ByteStream>> Transport::connect_observed(const Url& url, ConnectObserver&) {
    return connect(url);
}

Task<std::unique_ptr<net::ByteStream>> Transport::secure(std::unique_ptr<net::ByteStream>, const Url&,
                                                         ConnectObserver&) {
    throw corduroy::Error("the client's transport cannot set up TLS within a proxy's tunnel");
    co_return nullptr;
}

std::shared_ptr<Transport> socket_transport(const ClientSettings& settings) {
    return std::make_shared<SocketTransport>(settings);
}

} // namespace corduroy::http
