#include <corduroy/net/tls.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "net/tls_stream.hpp"

#include <cerrno>
#include <utility>

namespace corduroy::net {

namespace {

Task<> shake_hands(TlsStream& stream) {
    try {
        co_await stream.handshake();
    } catch (Cancelled& cancelled) {
        cancelled.during("TLS handshake with " + stream.name());
        throw;
    } catch (const IoError& error) {
        // A reset, or an end that shows first where this side sends, is an end like any other.
        bool closed = error.code().value() == ECONNRESET || error.code().value() == EPIPE;
        if (closed) stream.throw_closed_in_handshake();
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
    auto below = std::move(stream); // so that it is closed when this fails, not only when its Task goes
    if (context->settings().certificate_file.empty())
        throw TlsError("a TLS server needs a certificate, and its context has none");
    std::string name = below->peer_address().to_string();
    auto tls =
        std::make_unique<TlsStream>(std::move(below), std::move(context), TlsEngine::Role::server, std::move(name));
    co_await shake_hands(*tls);
    co_return std::move(tls);
}

bool tls_available() noexcept { return true; }

} // namespace corduroy::net
