// Scenarios of TLS, disturbed at every point there is.

#include <corduroy/corduroy.hpp>
#include <corduroy/http.hpp>
#include <corduroy/net.hpp>

#include "support/certificates.hpp"
#include "sweeps/judge.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

namespace {

// Both ends' contexts. They have an RSA key, whose signatures are all of one length: what is random in a handshake then
// changes no operation and no allocation.
struct Contexts {
    std::shared_ptr<const net::TlsContext> client;
    std::shared_ptr<const net::TlsContext> server;

    Contexts() {
        const auto& made = testing::Certificates::shared();
        net::TlsSettings settings;
        settings.ca_file = made.authority();
        client = net::TlsContext::make(settings);
        net::TlsSettings own;
        own.certificate_file = made.certificate("rsa");
        own.key_file = made.key("rsa");
        server = net::TlsContext::make(own);
    }
};

} // namespace

TEST_CASE("a TLS handshake, a line each way, and the end of it") {
    sweep_all([](Trial& trial) -> Task<> {
        Contexts contexts;
        auto work = [&]() -> Task<> {
            auto ends = net::stream_pair();
            auto ask = [&]() -> Task<> {
                auto secure =
                    co_await net::start_tls_client(std::move(ends.first).into_bytes(), contexts.client, "localhost");
                net::Stream stream(std::move(secure));
                co_await stream.write_all(std::string_view("ping\n"));
                auto line = co_await stream.read_line();
                trial.expect(line == "pong", "the answer comes");
                co_await stream.shutdown();
            };
            auto answer = [&]() -> Task<> {
                auto secure = co_await net::start_tls_server(std::move(ends.second).into_bytes(), contexts.server);
                net::Stream stream(std::move(secure));
                auto line = co_await stream.read_line();
                trial.expect(line == "ping", "the question comes");
                co_await stream.write_all(std::string_view("pong\n"));
                auto end = co_await stream.read_line();
                trial.expect(!end, "and then the end");
            };
            co_await gather(ask(), answer());
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a GET by https, whose connection is used again") {
    sweep_all([](Trial& trial) -> Task<> {
        Contexts contexts;
        auto serve = [&](net::Stream plain) -> Task<> {
            auto secure = co_await net::start_tls_server(std::move(plain).into_bytes(), contexts.server);
            net::Stream stream(std::move(secure));
            for (;;) {
                auto head = co_await stream.read_until("\r\n\r\n");
                if (!head) break;
                co_await stream.write_all(std::string_view("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"));
            }
        };
        // What breaks a connection is not the server's end.
        auto serve_one = [&](net::Stream plain) -> Task<> {
            static_cast<void>(co_await attempt(serve(std::move(plain))));
        };
        trial.world().host("localhost").accept(443, serve_one);
        http::ClientSettings settings;
        settings.tls.ca_file = testing::Certificates::shared().authority();
        settings.connections = 1;
        http::Client client(settings);
        auto work = [&]() -> Task<> {
            for (int i = 0; i < 2; ++i) {
                auto response = co_await client.get("https://localhost/");
                trial.expect(response.text() == "hello", "the answer is whole");
            }
        };
        co_await trial.disturb(work);
        auto response = co_await client.get("https://localhost/");
        trial.expect(response.text() == "hello", "the client is good for another request");
    });
}
