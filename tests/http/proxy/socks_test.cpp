// A client behind SOCKS proxies, and behind a proxy that is reached by one, in virtual time.

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/testing/run.hpp>

#include "http/proxy/proxy_peers.hpp"

#include <chrono>
#include <cstddef>
#include <doctest/doctest.h>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using namespace corduroy::testing;
using http::Client;
using http::ProxySettings;

namespace {

// A SOCKS5 proxy that takes the user and password where it is given them, notes what it was asked for, and answers with
// the code; where that is 0 it is the origin itself.
struct SocksStub {
    std::string user;
    std::string password;
    std::vector<std::string> asked{};
    std::vector<unsigned char> codes{}; // in turn; 0 when they are used up

    Task<> serve(net::Stream stream) {
        std::string greeting = co_await stream.read_exactly(2);
        std::string methods = co_await stream.read_exactly(static_cast<unsigned char>(greeting[1]));
        if (!user.empty()) {
            if (!contains(methods, "\x02")) {
                co_await stream.write_all(std::string("\x05\xff"));
                co_return;
            }
            co_await stream.write_all(std::string("\x05\x02"));
            std::string head = co_await stream.read_exactly(2);
            std::string name = co_await stream.read_exactly(static_cast<unsigned char>(head[1]));
            std::string size = co_await stream.read_exactly(1);
            std::string secret = co_await stream.read_exactly(static_cast<unsigned char>(size[0]));
            bool right = name == user && secret == password;
            co_await stream.write_all(std::string("\x01") + std::string(1, right ? '\0' : '\1'));
            if (!right) co_return;
        } else {
            co_await stream.write_all(std::string("\x05\x00", 2));
        }
        std::string request = co_await stream.read_exactly(4);
        std::string address;
        if (request[3] == 3) {
            std::string size = co_await stream.read_exactly(1);
            address = co_await stream.read_exactly(static_cast<unsigned char>(size[0]));
        } else {
            std::string raw = co_await stream.read_exactly(request[3] == 1 ? 4 : 16);
            for (char c : raw) address += (address.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(c));
        }
        std::string port = co_await stream.read_exactly(2);
        int number = static_cast<unsigned char>(port[0]) * 256 + static_cast<unsigned char>(port[1]);
        asked.push_back(address + ":" + std::to_string(number));
        unsigned char code = codes.empty() ? 0 : codes.front();
        if (!codes.empty()) codes.erase(codes.begin());
        co_await stream.write_all(std::string("\x05") + std::string(1, static_cast<char>(code)) +
                                  std::string("\x00\x01\x7f\x00\x00\x01\x00\x50", 8));
        if (code == 0) co_await echo_heads(std::move(stream));
    }
};

// The same of SOCKS 4 and 4A, with one user.
struct Socks4Stub {
    std::string user;
    std::vector<std::string> asked{};
    std::vector<unsigned char> codes{}; // in turn; 90 when they are used up

    Task<> serve(net::Stream stream) {
        std::string request = co_await stream.read_exactly(8);
        std::string user_told = co_await read_text(stream);
        std::string address;
        if (request.substr(4, 3) == std::string(3, '\0')) {
            address = co_await read_text(stream);
        } else {
            for (char c : request.substr(4))
                address += (address.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(c));
        }
        int port = static_cast<unsigned char>(request[2]) * 256 + static_cast<unsigned char>(request[3]);
        asked.push_back(request.substr(0, 2) == "\4\1" ? address + ":" + std::to_string(port) : "no SOCKS4");
        unsigned char code = user_told == user ? 90 : 93;
        if (!codes.empty()) {
            code = codes.front();
            codes.erase(codes.begin());
        }
        co_await stream.write_all(std::string(1, '\0') + std::string(1, static_cast<char>(code)) + "\1\2\3\4\5\6");
        if (code == 90) co_await echo_heads(std::move(stream));
    }

    // Up to a NUL.
    static Task<std::string> read_text(net::Stream& stream) {
        std::string text;
        for (;;) {
            std::string byte = co_await stream.read_exactly(1);
            if (byte[0] == '\0') co_return text;
            text += byte;
        }
    }
};

// A SOCKS5 proxy without a user, that makes the connections it is asked for by name.
Task<> relay_by_socks5(net::Stream stream) {
    co_await stream.read_exactly(3);
    co_await stream.write_all(std::string("\x05\x00", 2));
    std::string request = co_await stream.read_exactly(5);
    std::string name = co_await stream.read_exactly(static_cast<unsigned char>(request[4]));
    std::string port = co_await stream.read_exactly(2);
    auto number = static_cast<unsigned char>(port[0]) * 256 + static_cast<unsigned char>(port[1]);
    net::Stream there = co_await net::connect(name, static_cast<std::uint16_t>(number));
    co_await stream.write_all(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
    auto copy = [](net::Stream& from, net::Stream& to) -> Task<> {
        std::byte buffer[256];
        while (std::size_t count = co_await from.read_some(buffer))
            co_await to.write_all(std::span<const std::byte>(buffer, count));
        co_await to.shutdown();
    };
    co_await gather(copy(stream, there), copy(there, stream));
}

// A proxy for CONNECT that is the origin itself, and notes what it was asked.
struct ConnectStub {
    std::string asked{};

    Task<> serve(net::Stream stream) {
        std::string head = co_await read_head(stream);
        asked = head.substr(0, head.find('\n'));
        co_await stream.write_all("HTTP/1.1 200 OK\r\n\r\n");
        co_await echo_heads(std::move(stream));
    }
};

} // namespace

TEST_SUITE("a SOCKS5 proxy") {
    TEST_CASE("looks the name up itself, or is given the address, as its scheme has it; the origin sees no proxy") {
        sim::run([](sim::World& world) -> Task<> {
            SocksStub stub{"user", "pass"};
            auto serve = [&](net::Stream stream) -> Task<> { co_await stub.serve(std::move(stream)); };
            world.host("socks.test").accept(1080, serve);
            world.host("a.test").addresses({*net::Address::parse("10.1.2.3", 0)});
            for (std::string scheme : {"socks5h", "socks5"}) {
                Client client = Client().proxy(scheme + "://user:pass@socks.test");
                auto answer = co_await client.get("http://a.test:8080/x");
                CHECK(answer.text().starts_with("GET /x HTTP/1.1\nhost: a.test:8080\n"));
                CHECK(!contains(answer.text(), "proxy-authorization"));
                auto again = co_await client.get("http://a.test:8080/y");
                CHECK(again.status() == 200);
                CHECK(client.connections() == 1);
            }
            CHECK(stub.asked == std::vector<std::string>{"a.test:8080", "10.1.2.3:8080"});
        });
    }

    TEST_CASE("gets a literal address as one, and each address of a name until it reaches one") {
        sim::run([](sim::World& world) -> Task<> {
            SocksStub stub;
            stub.codes = {0, 5, 4};
            auto serve = [&](net::Stream stream) -> Task<> { co_await stub.serve(std::move(stream)); };
            world.host("socks.test").accept(1080, serve);
            world.host("a.test").addresses({*net::Address::parse("10.1.2.3", 0), *net::Address::parse("10.1.2.4", 0),
                                            *net::Address::parse("10.1.2.5", 0)});
            Client client = Client().proxy("socks5://socks.test");
            co_await client.get("http://10.9.9.9/");
            co_await client.get("http://a.test/");
            CHECK(stub.asked == std::vector<std::string>{"10.9.9.9:80", "10.1.2.3:80", "10.1.2.4:80", "10.1.2.5:80"});
        });
    }

    TEST_CASE("that refuses, that does not know the user, or that is none, is named with why") {
        sim::run([](sim::World& world) -> Task<> {
            SocksStub closed{"user", "pass"};
            SocksStub refusing;
            refusing.codes = {2, 5};
            world.host("closed.test").accept(1080, [&](net::Stream stream) -> Task<> {
                co_await closed.serve(std::move(stream));
            });
            world.host("refusing.test").accept(1080, [&](net::Stream stream) -> Task<> {
                co_await refusing.serve(std::move(stream));
            });
            world.host("web.test").accept(1080, saying("HTTP/1.1 400 Bad Request\r\n\r\n"));
            world.host("short.test").accept(1080, [](net::Stream stream) -> Task<> {
                co_await stream.write_all(std::string("\x05"));
            });
            struct Row {
                std::string proxy;
                std::string why;
            };
            for (const Row& row : std::vector<Row>{
                     {"socks5h://closed.test", "it wants authentication, and there is no user and password"},
                     {"socks5h://user:wrong@closed.test", "it does not accept this user and password"},
                     {"socks5h://refusing.test", "it did not connect to a.test:80: its rules do not allow it"},
                     {"socks5h://refusing.test", "it did not connect to a.test:80: connection refused"},
                     {"socks5h://web.test", "what it sent is not SOCKS5"},
                     {"socks5h://short.test", "SOCKS5 handshake: "},
                     {"socks5h://" + std::string(256, 'u') + ":p@refusing.test", "255 bytes each"},
                 }) {
                CAPTURE(row.why);
                Client client = Client().proxy(row.proxy);
                std::string message = co_await message_of(client, "http://a.test/");
                CAPTURE(message);
                CHECK(contains(message, row.why));
                CHECK(contains(message, "GET http://a.test/ failed while connecting: the proxy socks5h://"));
                CHECK(!contains(message, "wrong"));
                CHECK(client.connections() == 0);
            }
        });
    }

    TEST_CASE("may answer a byte at a time") {
        sim::run([](sim::World& world) -> Task<> {
            SocksStub stub{"user", "pass"};
            auto serve = [&](net::Stream stream) -> Task<> { co_await stub.serve(std::move(stream)); };
            world.host("socks.test").latency(1ms).byte_at_a_time().accept(1080, serve);
            Client client = Client().proxy("socks5h://user:pass@socks.test");
            auto answer = co_await client.get("http://a.test/");
            CHECK(answer.status() == 200);
        });
    }
}

TEST_SUITE("a SOCKS4 proxy") {
    TEST_CASE("looks the name up itself, or is given an address of IPv4, as its scheme has it") {
        sim::run([](sim::World& world) -> Task<> {
            Socks4Stub stub{"user"};
            stub.codes = {90, 91, 90};
            auto serve = [&](net::Stream stream) -> Task<> { co_await stub.serve(std::move(stream)); };
            world.host("socks.test").latency(1ms).byte_at_a_time().accept(1080, serve);
            world.host("a.test").addresses({*net::Address::parse("fd00::1", 0), *net::Address::parse("10.1.2.3", 0),
                                            *net::Address::parse("10.1.2.4", 0)});
            for (std::string url : {"http://a.test:8080/x", "http://10.9.9.9/"}) {
                for (std::string scheme : {"socks4a", "socks4"}) {
                    Client client = Client().proxy(scheme + "://user:ignored@socks.test");
                    auto answer = co_await client.get(url);
                    CHECK(answer.text().starts_with("GET /"));
                    CHECK(!contains(answer.text(), "proxy-authorization"));
                }
            }
            auto by_name = co_await Client().get("http://[fd00::1]/").proxy("socks4a://user@socks.test");
            CHECK(by_name.status() == 200);
            CHECK(stub.asked == std::vector<std::string>{"a.test:8080", "10.1.2.3:8080", "10.1.2.4:8080", "10.9.9.9:80",
                                                         "10.9.9.9:80", "fd00::1:80"});
        });
    }

    TEST_CASE("that refuses, that does not know the user, that has no way there, or that is none, is named with why") {
        sim::run([](sim::World& world) -> Task<> {
            Socks4Stub stub{"user"};
            world.host("socks.test").accept(1080, [&](net::Stream stream) -> Task<> {
                co_await stub.serve(std::move(stream));
            });
            world.host("web.test").accept(1080, saying("HTTP/1.1 400 Bad Request\r\n\r\n"));
            world.host("short.test").accept(1080, [](net::Stream stream) -> Task<> {
                co_await stream.write_all(std::string("\0\x5a\0", 3));
            });
            world.host("behind.test").accept(1080, saying(std::string("\0\x5a\0\0\0\0\0\0more", 12)));
            world.host("six.test").addresses({*net::Address::parse("fd00::1", 0)});
            struct Row {
                std::string proxy;
                std::string why;
                std::string host = "a.test";
                std::vector<unsigned char> codes{};
            };
            for (const Row& row : std::vector<Row>{
                     {"socks4a://other@socks.test", "it does not accept this user"},
                     {"socks4a://user@socks.test", "it does not accept this user", "a.test", {92}},
                     {"socks4a://user@socks.test",
                      "it did not connect to a.test:80: it refused or failed",
                      "a.test",
                      {91}},
                     {"socks4a://user@socks.test", "its answer was the code 17", "a.test", {17}},
                     {"socks4://user@socks.test", "SOCKS4 has no way to six.test:80, which has no address of IPv4",
                      "six.test"},
                     {"socks4://user@socks.test", "SOCKS4 has no way to [fd00::1]:80, which is no address of IPv4",
                      "[fd00::1]"},
                     {"socks4a://web.test", "what it sent is not SOCKS4"},
                     {"socks4a://short.test", "SOCKS4 handshake: "},
                     {"socks4a://behind.test", "it sent bytes behind its answer"},
                     {"socks4a://a%00b@socks.test", "SOCKS4 takes no user with a NUL"},
                     {"socks4a://" + std::string(256, 'u') + "@socks.test", "255 bytes"},
                 }) {
                CAPTURE(row.why);
                stub.codes = row.codes;
                Client client = Client().proxy(row.proxy);
                std::string message = co_await message_of(client, "http://" + row.host + "/");
                CAPTURE(message);
                CHECK(contains(message, row.why));
                CHECK(contains(message, "GET http://" + row.host + "/ failed while connecting: the proxy socks4"));
                CHECK(client.connections() == 0);
            }
        });
    }
}

TEST_SUITE("a proxy that is reached by a SOCKS proxy") {
    TEST_CASE("gets what it gets without, and the one before only the way to it") {
        sim::run([](sim::World& world) -> Task<> {
            ConnectStub tunnel;
            world.host("socks.test").accept(1080, relay_by_socks5);
            world.host("proxy.test").accept(3128, echo_heads);
            world.host("tunnel.test").accept(3128, [&](net::Stream stream) -> Task<> {
                co_await tunnel.serve(std::move(stream));
            });
            http::Proxy before = http::Proxy::parse("socks5h://socks.test");
            Client client = Client().proxy(ProxySettings("http://u:p@proxy.test:3128").through(before));
            for (std::string url : {"http://a.test/x", "http://b.test/y"}) {
                auto answer = co_await client.get(url);
                CHECK(answer.text().starts_with("GET " + url + " HTTP/1.1\n"));
                CHECK(contains(answer.text(), "proxy-authorization: "));
            }
            CHECK(client.connections() == 1);
            // The same proxy on another way is another one.
            auto direct = co_await client.get("http://a.test/").proxy("http://u:p@proxy.test:3128");
            CHECK(direct.status() == 200);
            CHECK(client.connections() == 2);

            http::Proxy through = http::Proxy::parse("http://tunnel.test:3128").always_tunnel().through(before);
            auto answer = co_await Client().get("http://a.test/z").proxy(ProxySettings(through));
            CHECK(answer.text().starts_with("GET /z HTTP/1.1\nhost: a.test\n"));
            CHECK(tunnel.asked == "CONNECT a.test:80 HTTP/1.1");
        });
    }

    TEST_CASE("is named when it fails, as is the one before, which goes alone where there is no other") {
        sim::run([](sim::World& world) -> Task<> {
            SocksStub refusing;
            refusing.codes = {5};
            world.host("refusing.test").accept(1080, [&](net::Stream stream) -> Task<> {
                co_await refusing.serve(std::move(stream));
            });
            world.host("a.test").accept(80, echo_heads);
            world.host("socks.test").accept(1080, relay_by_socks5);
            Client client =
                Client().proxy(ProxySettings("proxy.test").through(http::Proxy::parse("socks5h://refusing.test")));
            std::string message = co_await message_of(client, "http://a.test/");
            CHECK(contains(message, "the proxy socks5h://refusing.test:1080: it did not connect to proxy.test:1080: "
                                    "connection refused"));
            CHECK(client.connections() == 0);
            http::Proxy before = http::Proxy::parse("socks5h://socks.test");
            auto alone = co_await Client().proxy(ProxySettings().through(before)).get("http://a.test/");
            CHECK(alone.status() == 200);
            CHECK_THROWS_WITH_AS(http::Proxy::parse("p.test").through(http::Proxy::parse("q.test")),
                                 "the proxy http://q.test:1080: it cannot be used: another proxy is reached by a SOCKS "
                                 "proxy alone",
                                 http::ProxyError);
        });
    }
}
