#include <corduroy/net/tls.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/tls_stream.hpp"

#include <utility>

namespace corduroy::net {

namespace {

Task<> shake_hands(TlsStream& stream) {
    try {
        co_await stream.handshake();
    } catch (Cancelled& cancelled) {
        cancelled.during("TLS handshake with " + stream.name());
        throw;
    }
}

} // namespace

Task<std::unique_ptr<ByteStream>> start_tls_client(std::unique_ptr<ByteStream> stream,
                                                   std::shared_ptr<const TlsContext> context, std::string host) {
    const std::string& other = context->settings().server_name;
    std::string verified = other.empty() ? host : other;
    std::string session_peer = verified + ':' + std::to_string(stream->peer_address().port());
    auto tls =
        std::make_unique<TlsStream>(std::move(stream), std::move(context), TlsEngine::Role::client, std::move(host));
    tls->engine().expect(verified, Reactor::current().kernel().wall_clock(), std::move(session_peer));
    co_await shake_hands(*tls);
    co_return std::move(tls);
}

Task<std::unique_ptr<ByteStream>> start_tls_server(std::unique_ptr<ByteStream> stream,
                                                   std::shared_ptr<const TlsContext> context) {
    std::string name = stream->peer_address().to_string();
    auto tls =
        std::make_unique<TlsStream>(std::move(stream), std::move(context), TlsEngine::Role::server, std::move(name));
    co_await shake_hands(*tls);
    co_return std::move(tls);
}

bool tls_available() noexcept { return true; }

} // namespace corduroy::net
