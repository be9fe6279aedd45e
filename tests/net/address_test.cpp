#include <corduroy/net/address.hpp>

#include <corduroy/base/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <sys/un.h>

using namespace corduroy::net;

TEST_SUITE("address") {
    TEST_CASE("what parse takes, to_string gives back") {
        for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443", "[::]:1",
                                 "[2001:db8::5]:8080", "[::ffff:1.2.3.4]:9", "unix:/run/x.sock", "unix:@abstract"}) {
            CAPTURE(text);
            auto address = Address::parse(text);
            REQUIRE(address);
            CHECK(address->to_string() == text);
            CHECK(Address(address->data(), address->size()) == *address);
        }
    }

    TEST_CASE("parse refuses what is no literal address") {
        for (const char* text :
             {"", ":", "localhost:80", "127.1:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
              "127.0.0.1:+1", "127.0.0.1:8a", "::1:80", "[::1]", "[::1]80", "[127.0.0.1]:80", "[::1%]:80",
              "1.2.3.4.5:1", "0x7f.0.0.1:1", " 127.0.0.1:1", "unix:"}) {
            CAPTURE(text);
            CHECK_FALSE(Address::parse(text));
        }
        CHECK_FALSE(Address::parse("example.com", 80));
        CHECK_FALSE(Address::parse(std::string_view("127.0.0.1\0x", 11), 80));
        CHECK(Address::parse("::1", 80) == Address::loopback_ipv6(80));
        CHECK(Address::parse("[::1]", 80) == Address::loopback_ipv6(80));
    }

    TEST_CASE("an address has its family, host and port, and another port makes another address") {
        Address address = Address::loopback_ipv4(80);
        CHECK(address.family() == AF_INET);
        CHECK(address.is_ip());
        CHECK(address.host() == "127.0.0.1");
        CHECK(address.port() == 80);
        CHECK(address.with_port(81).to_string() == "127.0.0.1:81");
        CHECK(address != address.with_port(81));
        CHECK(Address::loopback_ipv6(5).with_port(6) == Address::loopback_ipv6(6));
        CHECK(Address().empty());
        CHECK(Address().to_string() == "(none)");
    }

    TEST_CASE("a Unix path may have 107 bytes and no more") {
        std::string longest(107, 'p');
        CHECK(Address::unix_path(longest).path() == longest);
        CHECK_THROWS_AS((void)Address::unix_path(longest + "p"), corduroy::Error);
        CHECK_THROWS_AS((void)Address::unix_path(""), corduroy::Error);
        CHECK(Address::parse("unix:" + longest));
        CHECK_FALSE(Address::parse("unix:" + longest + "p"));
    }

    TEST_CASE("a Unix socket without a name says so") {
        sockaddr_un raw{};
        raw.sun_family = AF_UNIX;
        Address address(reinterpret_cast<const sockaddr*>(&raw), sizeof raw.sun_family);
        CHECK(address.to_string() == "unix:(unnamed)");
        CHECK(address.path().empty());
    }

    TEST_CASE("a link-local address keeps its zone") {
        auto address = Address::parse("[fe80::1%lo]:80");
        REQUIRE(address);
        CHECK(address->to_string() == "[fe80::1%lo]:80");
        CHECK_FALSE(Address::parse("[fe80::1%no-such-interface]:80"));
    }

    TEST_CASE("a host and a port come apart at the last colon") {
        auto parts = HostPort::parse("example.com:8080");
        REQUIRE(parts);
        CHECK(parts->host == "example.com");
        CHECK(parts->port == 8080);
        CHECK(HostPort::parse("[::1]:80")->host == "::1");
        CHECK(HostPort::parse(":80")->host.empty());
        for (const char* text : {"example.com", "example.com:", "example.com:http", "a:b:80", "[x]:80"}) {
            CAPTURE(text);
            CHECK_FALSE(HostPort::parse(text));
        }
    }
}
