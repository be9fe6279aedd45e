#pragma once

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/net/tls.hpp>

#include "net/pattern.hpp"
#include "net/tls_stream.hpp"
#include "support/certificates.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace corduroy::testing {

inline net::TlsSettings client_settings() {
    net::TlsSettings settings;
    settings.ca_file = Certificates::shared().authority();
    return settings;
}

inline net::TlsSettings server_settings(const std::string& certificate = "good") {
    net::TlsSettings settings;
    settings.insecure_accept_any_certificate = true;
    settings.certificate_file = Certificates::shared().certificate(certificate);
    settings.key_file = Certificates::shared().key(certificate);
    return settings;
}

using Decorate = std::function<std::unique_ptr<net::ByteStream>(std::unique_ptr<net::ByteStream>)>;

// How the two ends of a TLS connection are to be made.
struct TlsPairPlan {
    std::shared_ptr<const net::TlsContext> client = net::TlsContext::make(client_settings());
    std::shared_ptr<const net::TlsContext> server = net::TlsContext::make(server_settings());
    std::string host = "localhost";
    Decorate below_client;
    Decorate below_server;
};

// Both ends of one connection.
struct TlsPair {
    std::unique_ptr<net::ByteStream> client;
    std::unique_ptr<net::ByteStream> server;

    net::TlsEngine& client_engine() const { return static_cast<net::TlsStream&>(*client).engine(); }
    net::TlsEngine& server_engine() const { return static_cast<net::TlsStream&>(*server).engine(); }
};

// What the two ends of the handshake came to.
struct TlsOutcome {
    Result<std::unique_ptr<net::ByteStream>> client;
    Result<std::unique_ptr<net::ByteStream>> server;
};

inline Task<TlsOutcome> try_tls_pair(TlsPairPlan plan) {
    auto [one, other] = net::stream_pair();
    auto below_client = std::move(one).into_bytes();
    auto below_server = std::move(other).into_bytes();
    if (plan.below_client) below_client = plan.below_client(std::move(below_client));
    if (plan.below_server) below_server = plan.below_server(std::move(below_server));
    auto client = attempt(net::start_tls_client(std::move(below_client), plan.client, plan.host));
    auto server = attempt(net::start_tls_server(std::move(below_server), plan.server));
    auto both = co_await gather(std::move(client), std::move(server));
    TlsOutcome outcome{std::move(both[0]), std::move(both[1])};
    co_return outcome;
}

inline Task<TlsPair> tls_pair(TlsPairPlan plan) {
    TlsOutcome outcome = co_await try_tls_pair(plan);
    TlsPair pair{std::move(outcome.client).value(), std::move(outcome.server).value()};
    co_return pair;
}

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline Task<std::string> read_some_text(net::ByteStream& stream, std::size_t room) {
    std::string text(room, '\0');
    std::size_t size = co_await stream.read_some(std::as_writable_bytes(std::span(text)));
    text.resize(size);
    co_return text;
}

// Up to the end of the stream, in pieces of at most `room` bytes.
inline Task<std::string> read_to_end(net::ByteStream& stream, std::size_t room) {
    std::string all;
    while (true) {
        std::string piece = co_await read_some_text(stream, room);
        if (piece.empty()) co_return all;
        all += piece;
    }
}

// With each piece on loan.
inline Task<std::string> receive_to_end(net::ByteStream& stream) {
    std::string all;
    while (true) {
        net::ReceivedBytes received = co_await stream.receive();
        if (received.empty()) co_return all;
        all += received.text();
    }
}

inline Task<> write_and_end(net::ByteStream& stream, std::string_view text) {
    co_await stream.write_all(bytes_of(text));
    co_await stream.shutdown();
}

// The message of the E that the task is to end with.
template <class E, class T>
Task<std::string> fault_of(Task<T> task) {
    auto outcome = co_await attempt(std::move(task));
    REQUIRE_FALSE(outcome.has_value());
    CHECK_MESSAGE(outcome.failure().template check<E>(), outcome.failure().type());
    co_return outcome.failure().message();
}

} // namespace corduroy::testing
