// Against `openssl s_server`, over loopback.

#include <corduroy/net/tls.hpp>

#include <corduroy/net/connect.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_pair.hpp"
#include "support/tls_server.hpp"

#include <fstream>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;

namespace {

Task<std::unique_ptr<ByteStream>> tls_connect(std::uint16_t port, std::shared_ptr<const TlsContext> context,
                                              std::string host = "localhost") {
    Stream stream = co_await connect("127.0.0.1", port);
    co_return co_await start_tls_client(std::move(stream).into_bytes(), context, host);
}

} // namespace

TEST_SUITE("tls with openssl s_server") {
    TEST_CASE("lines go there and come back, in each version of TLS, the second time with the session of the first") {
        for (const char* version : {"-tls1_2", "-tls1_3"}) {
            CAPTURE(version);
            TlsServer server("good", {"-rev", version});
            auto context = TlsContext::make(client_settings());
            run_on_ring([&]() -> Task<> {
                struct Round {
                    const char* host;
                    bool resumed;
                };
                const Round rounds[] = {{"localhost", false}, {"localhost", true}, {"127.0.0.1", false}};
                for (const Round& round : rounds) {
                    auto bytes = co_await tls_connect(server.port(), context, round.host);
                    CHECK(static_cast<TlsStream&>(*bytes).engine().resumed() == round.resumed);
                    Stream stream(std::move(bytes));
                    co_await stream.write_all("hello\nyou\n");
                    CHECK(co_await stream.read_line() == "olleh");
                    CHECK(co_await stream.read_line() == "uoy");
                    co_await stream.shutdown();
                    CHECK(co_await stream.read_line() == std::nullopt);
                }
            });
        }
    }

    TEST_CASE("a large file comes whole, to the byte") {
        std::string text = pattern(3'000'000);
        std::ofstream(Certificates::shared().file("large"), std::ios::binary) << text;
        TlsServer server("rsa", {"-WWW"});
        auto context = TlsContext::make(client_settings());
        run_on_ring([&]() -> Task<> {
            for (std::size_t room : {4096, 262'144}) {
                auto stream = co_await tls_connect(server.port(), context);
                co_await stream->write_all(bytes_of("GET /large HTTP/1.0\r\n\r\n"));
                std::string answer = co_await read_to_end(*stream, room);
                std::size_t body = answer.find("\r\n\r\n") + 4;
                CHECK((answer.substr(body) == text));
            }
        });
    }

    TEST_CASE("new keys on both sides in the middle of the connection go unnoticed") {
        TlsServer server("good", {"-rev", "-tls1_3"});
        auto context = TlsContext::make(client_settings());
        run_on_ring([&]() -> Task<> {
            auto bytes = co_await tls_connect(server.port(), context);
            TlsEngine& engine = static_cast<TlsStream&>(*bytes).engine();
            Stream stream(std::move(bytes));
            for (int round = 0; round < 3; ++round) {
                co_await stream.write_all("before\n");
                CHECK(co_await stream.read_line() == "erofeb");
                CHECK(engine.update_keys() == TlsEngine::Outcome::done);
            }
        });
    }

    TEST_CASE("no common version is told as such") {
        TlsServer server("good", {"-rev", "-tls1_2"});
        TlsSettings settings = client_settings();
        settings.minimum_version = TlsVersion::tls_1_3;
        auto context = TlsContext::make(settings);
        run_on_ring([&]() -> Task<> {
            auto connecting = tls_connect(server.port(), context);
            CHECK(co_await fault_of<TlsError>(std::move(connecting)) ==
                  "TLS handshake with localhost failed: the peer accepts no version of TLS that is spoken here");
        });
    }

    TEST_CASE("an expired certificate, one for another name and one that nobody signed are refused") {
        struct Case {
            const char* certificate;
            const char* fault;
        };
        const Case cases[] = {
            {"expired", "the certificate expired on 2024-01-02"},
            {"other", "the certificate is not valid for this name (it is for other.test, www.other.test)"},
            {"self-signed", "self-signed certificate"},
        };
        auto context = TlsContext::make(client_settings());
        for (const Case& one : cases) {
            TlsServer server(one.certificate, {"-rev"});
            run_on_ring([&]() -> Task<> {
                auto connecting = tls_connect(server.port(), context);
                CHECK(co_await fault_of<TlsError>(std::move(connecting)) ==
                      std::string("TLS handshake with localhost failed: ") + one.fault);
            });
        }
    }
}
