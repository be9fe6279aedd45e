// A client behind a proxy, in virtual time: what the proxy is told and what the origin is not, and proxies that fail.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/tls.hpp>
#include <corduroy/testing/run.hpp>

#include "http/proxy/proxy_peers.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using namespace corduroy::testing;
using http::Client;
using http::ClientSettings;
using http::ProxySettings;

TEST_SUITE("a proxy for http") {
    TEST_CASE("gets requests in absolute form, with its credentials, on connections that all origins share") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test").accept(3128, echo_heads);
            Client client = Client().proxy("http://user:pass@proxy.test:3128");
            for (std::string origin : {"http://a.test", "http://b.test:8080"}) {
                auto answer = co_await client.get(origin + "/x?y#z");
                CHECK(answer.text().starts_with("GET " + origin + "/x?y HTTP/1.1\nhost: " + origin.substr(7) + "\n"));
                CHECK(contains(answer.text(), "proxy-authorization: Basic dXNlcjpwYXNz\n"));
            }
            CHECK(client.connections() == 1);
        });
    }

    TEST_CASE("of its credentials nobody else is told, also after a redirect, and nobody's are told to it") {
        sim::run([](sim::World& world) -> Task<> {
            auto redirects = [](net::Stream stream) -> Task<> {
                std::string head = co_await read_head(stream);
                CHECK(contains(head, "proxy-authorization: Basic dTpw\n"));
                co_await stream.write_all("HTTP/1.1 302 Found\r\nlocation: http://direct.test/\r\n"
                                          "content-length: 0\r\n\r\n");
                co_await sleep(1h);
            };
            world.host("proxy.test").accept(3128, redirects);
            world.host("direct.test").accept(80, echo_heads);
            Client client =
                Client().proxy(ProxySettings("http://u:p@proxy.test:3128").except("direct.test, other.test"));
            auto answer = co_await client.get("http://a.test/").header("authorization", "secret");
            CHECK(answer.text().starts_with("GET / HTTP/1.1\nhost: direct.test\n"));
            CHECK(!contains(answer.text(), "authorization"));
            // Not even where the program gives it by itself.
            auto own = co_await client.get("http://direct.test/").header("proxy-authorization", "Basic eA==");
            CHECK(!contains(own.text(), "authorization"));
        });
    }

    TEST_CASE("its answer of 407 is the answer") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test")
                .accept(1080, saying("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"));
            Client client = Client().proxy("proxy.test");
            auto answer = co_await client.get("http://a.test/");
            CHECK(answer.status() == 407);
        });
    }

    TEST_CASE("that cannot be reached is named, and so is why") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test").refuse();
            Client client = Client().proxy("http://u:secret@proxy.test:3128");
            std::string refused = co_await message_of(client, "http://a.test/");
            CHECK(contains(refused, "GET http://a.test/ failed while connecting: the proxy http://proxy.test:3128: "
                                    "connect to proxy.test:3128"));
            CHECK(contains(refused, "Connection refused"));
            CHECK(!contains(refused, "secret"));
            auto other = co_await attempt(client.get("http://a.test/").proxy("http://nobody.test"));
            CHECK(contains(other.failure().message(), "the proxy http://nobody.test:1080: look up nobody.test failed"));
            CHECK(client.connections() == 0);
        });
    }

    TEST_CASE("is left out by a request that wants none, and its connections are its own") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test").accept(3128, echo_heads);
            world.host("a.test").accept(80, echo_heads);
            Client client = Client().proxy("http://proxy.test:3128");
            auto by_proxy = co_await client.get("http://a.test/");
            CHECK(by_proxy.text().starts_with("GET http://a.test/"));
            auto direct = co_await client.get("http://a.test/").proxy(ProxySettings());
            CHECK(direct.text().starts_with("GET / "));
            auto as_somebody = co_await client.get("http://a.test/").proxy("http://u:p@proxy.test:3128");
            CHECK(contains(as_somebody.text(), "proxy-authorization"));
            CHECK(client.idle_connections() == 3);
        });
    }
}

TEST_SUITE("an https proxy") {
    TEST_CASE("is verified by settings of its own, before it is told anything") {
        if (!net::tls_available()) return;
        const Certificates& files = Certificates::shared();
        net::TlsSettings own;
        own.certificate_file = files.certificate("good");
        own.key_file = files.key("good");
        auto context = net::TlsContext::make(own);
        sim::run([&](sim::World& world) -> Task<> {
            auto serve = [&](net::Stream below) -> Task<> {
                net::Stream stream(co_await net::start_tls_server(std::move(below).into_bytes(), context));
                co_await echo_heads(std::move(stream));
            };
            world.host("localhost").accept(443, serve);
            ClientSettings settings;
            settings.proxies = ProxySettings("https://u:p@localhost");
            settings.tls.pinned_keys = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; // of origins
            settings.proxy_tls.ca_file = files.authority();
            Client client(settings);
            auto answer = co_await client.get("http://a.test/x");
            CHECK(answer.text().starts_with("GET http://a.test/x HTTP/1.1\n"));
            CHECK(contains(answer.text(), "proxy-authorization: "));

            settings.proxy_tls = {};
            settings.tls.ca_file = files.authority();
            Client strict(settings);
            auto refused = co_await attempt(strict.get("http://a.test/x"));
            CHECK(refused.failure().check<http::ProxyError>());
            CHECK(
                contains(refused.failure().message(), "the proxy https://localhost:443: TLS handshake with localhost"));
        });
    }
}

TEST_SUITE("a tunnel") {
    TEST_CASE("is used for http too where that is wanted, and the proxy's headers stay with it") {
        sim::run([](sim::World& world) -> Task<> {
            std::string asked;
            auto serve = [&](net::Stream stream) -> Task<> {
                asked = co_await read_head(stream);
                if (asked.starts_with("CONNECT")) co_await stream.write_all("HTTP/1.1 200 OK\r\n\r\n");
                if (asked.starts_with("CONNECT"))
                    co_await echo_heads(std::move(stream));
                else
                    co_await stream.write_all("HTTP/1.1 204 No\r\nconnection: close\r\n\r\n");
            };
            world.host("proxy.test").accept(3128, serve);
            for (bool tunnel : {true, false}) {
                http::Proxy proxy = http::Proxy::parse("http://proxy.test:3128");
                proxy.header("x-for", "proxy").credentials("user", "pass").always_tunnel(tunnel);
                Client client = Client().proxy(ProxySettings(proxy));
                auto answer = co_await client.get("http://a.test/x");
                CHECK(asked.starts_with(tunnel ? "CONNECT a.test:80 HTTP/1.1\n" : "GET http://a.test/x HTTP/1.1\n"));
                CHECK(contains(asked, "x-for: proxy\n"));
                CHECK(contains(asked, "proxy-authorization: Basic dXNlcjpwYXNz\n"));
                CHECK(answer.status() == (tunnel ? 200 : 204));
                if (tunnel) CHECK(answer.text().starts_with("GET /x HTTP/1.1\nhost: a.test\n"));
                if (tunnel) CHECK(!contains(answer.text(), "proxy"));
            }
        });
    }

    TEST_CASE("that the proxy refuses is an error with its status, which names the proxy and what was asked") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test")
                .accept(3128, saying("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 5\r\n\r\nlogin"));
            Client client = Client().proxy("http://proxy.test:3128");
            try {
                co_await client.get("https://a.test/");
                FAIL("it succeeded");
            } catch (const http::ProxyError& error) {
                CHECK(std::string(error.what()) ==
                      "GET https://a.test/ failed while connecting: the proxy http://proxy.test:3128: it answered "
                      "CONNECT a.test:443 with 407 Proxy Authentication Required");
                CHECK(error.status() == 407);
                CHECK(error.proxy() == "http://proxy.test:3128");
            }
            CHECK(client.connections() == 0);
        });
    }

    TEST_CASE("is not open after a 101, which answers no CONNECT") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("proxy.test").accept(3128, saying("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
            Client client = Client().proxy("http://proxy.test:3128");
            auto outcome = co_await attempt(client.get("https://a.test/"));
            auto* error = outcome.failure().as<http::ProxyError>();
            REQUIRE(error != nullptr);
            CHECK(error->status() == 101);
        });
    }

    TEST_CASE("asks for host and port with the proxy's credentials, and for nothing of the request") {
        sim::run([](sim::World& world) -> Task<> {
            std::string seen;
            auto look = [&](net::Stream stream) -> Task<> {
                seen = co_await read_head(stream);
                co_await stream.write_all("HTTP/1.1 503 No\r\n\r\n");
            };
            world.host("proxy.test").accept(3128, look);
            Client client = Client().proxy("http://user:pass@proxy.test:3128");
            auto outcome = co_await attempt(client.get("https://a.test/secret").header("cookie", "secret"));
            CHECK(!outcome);
            CHECK(seen.starts_with("CONNECT a.test:443 HTTP/1.1\nhost: a.test:443\n"));
            CHECK(contains(seen, "proxy-authorization: Basic dXNlcjpwYXNz\n"));
            CHECK(!contains(seen, "secret"));
        });
    }

    TEST_CASE("of which the proxy's answer never comes, comes slowly, or never ends, fails in time and in bounds") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("silent.test").accept(3128, saying(""));
            world.host("slow.test").accept(3128, saying("HTTP/1.1 200 OK\r\nx: " + std::string(100'000, 'x'), 1));
            world.host("endless.test").accept(3128, saying("HTTP/1.1 200 OK\r\nx: " + std::string(1 << 20, 'x')));
            world.host("interim.test").accept(3128, [](net::Stream stream) -> Task<> {
                for (int i = 0; i < 100; ++i) co_await stream.write_all("HTTP/1.1 102 Wait\r\n\r\n");
                co_await sleep(1h);
            });
            world.host("other.test").accept(3128, saying("SSH-2.0-OpenSSH_9.2\r\n"));
            world.host("eager.test").accept(3128, saying("HTTP/1.1 200 OK\r\n\r\nhello"));
            world.host("closing.test").accept(3128, [](net::Stream) -> Task<> { co_return; });
            struct Row {
                std::string host;
                std::string why;
                Duration bound;
            };
            for (const Row& row : std::vector<Row>{
                     {"silent", "waiting for the proxy http://silent.test:3128 to answer CONNECT a.test:443", 30s},
                     {"slow", "waiting for the proxy http://slow.test:3128 to answer CONNECT a.test:443", 30s},
                     {"endless", "CONNECT a.test:443: the head has more than 65536 bytes", 1s},
                     {"interim", "CONNECT a.test:443: the answer has more than 8 interim answers", 1s},
                     {"other", "CONNECT a.test:443: ", 1s},
                     {"eager", "it sent bytes behind its answer to CONNECT a.test:443", 1s},
                     {"closing", "CONNECT a.test:443: ", 1s},
                 }) {
                CAPTURE(row.host);
                Client client = Client().proxy("http://" + row.host + ".test:3128");
                auto start = world.elapsed();
                std::string message = co_await message_of(client, "https://a.test/");
                CAPTURE(message);
                CHECK(contains(message, row.why));
                CHECK(contains(message, "connecting"));
                CHECK(world.elapsed() - start <= row.bound);
                CHECK(client.connections() == 0);
            }
        });
    }

    TEST_CASE("that is given up while the proxy has not answered gives its place back") {
        sim::run([](sim::World& world) -> Task<> {
            world.host("silent.test").accept(3128, saying("")).accept(1080, saying(""));
            world.host("a.test").accept(80, echo_heads);
            http::Proxy silent = http::Proxy::parse("socks5h://silent.test");
            for (const ProxySettings& proxy : std::vector<ProxySettings>{
                     ProxySettings("http://silent.test:3128"), ProxySettings(silent),
                     ProxySettings("socks4a://silent.test"), ProxySettings("http://never.test:3128").through(silent)}) {
                ClientSettings settings;
                settings.connections = 1;
                Client client(settings);
                auto asking = client.get("https://a.test/").proxy(proxy);
                auto outcome = co_await attempt(timeout(1s, std::move(asking)));
                CHECK(contains(outcome.failure().message(), "silent.test"));
                CHECK(client.connections() == 0);
                auto next = co_await client.get("http://a.test/");
                CHECK(next.status() == 200);
            }
        });
    }
}
