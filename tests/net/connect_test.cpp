#include <corduroy/net/connect.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/net/override_resolver.hpp>

#include "net/both_kernels.hpp"
#include "net/tcp_pair.hpp"

#include <cerrno>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// Answers every name with the same addresses, after a while.
class FixedResolver final : public Resolver {
public:
    explicit FixedResolver(std::vector<Address> addresses, Duration delay = 0s)
        : addresses_(std::move(addresses)), delay_(delay) {}

    Task<std::vector<Address>> resolve(std::string, std::uint16_t port) override {
        co_await sleep(delay_);
        std::vector<Address> result = addresses_;
        for (Address& address : result) address = address.with_port(port);
        co_return result;
    }

private:
    std::vector<Address> addresses_;
    Duration delay_;
};

// A port that nobody listens on.
Task<std::uint16_t> closed_port() {
    Listener listener = co_await listen("127.0.0.1:0");
    co_return listener.port();
}

} // namespace

TEST_SUITE("connect") {
    TEST_CASE("a refused connection is told with its address and cause") {
        auto body = [&]() -> Task<> {
            std::uint16_t port = co_await closed_port();
            std::string target = "127.0.0.1:" + std::to_string(port);
            auto outcome = co_await attempt(connect(target));
            CHECK(outcome.failure().message() == "connect to " + target + " failed: Connection refused");
            CHECK(errno_of(outcome.failure()) == ECONNREFUSED);
        };
        on_both_kernels(body);
    }

    TEST_CASE("the next address is tried when one has failed") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            FixedResolver resolver({*Address::parse("127.0.0.2", 0), *Address::parse("127.0.0.1", 0)});
            Stream client = co_await connect("shop.test", listener.port()).resolver(resolver);
            CHECK(client.peer_address() == listener.address());
            Stream server = co_await listener.accept();
            CHECK(server.peer_address() == client.local_address());
        };
        on_both_kernels(body);
    }

    TEST_CASE("when no address can be reached the error names all of them") {
        auto body = [&]() -> Task<> {
            std::uint16_t port = co_await closed_port();
            FixedResolver resolver({*Address::parse("127.0.0.2", 0), *Address::parse("127.0.0.1", 0)});
            auto outcome = co_await attempt(connect("shop.test", port).resolver(resolver));
            CHECK(outcome.failure().message() == "connect to shop.test:" + std::to_string(port) +
                                                     " (127.0.0.2, 127.0.0.1) failed: Connection refused");
        };
        on_both_kernels(body);
    }

    TEST_CASE("a name that needs no name server connects") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            Stream client = co_await connect("localhost", listener.port());
            Stream server = co_await listener.accept();
            co_await client.write_all("hello\n");
            auto line = co_await server.read_line();
            CHECK((line == "hello"));
        };
        on_both_kernels(body);
    }

    TEST_CASE("a deadline that strikes during the lookup names the lookup, one during the connect the connect") {
        auto body = [&]() -> Task<> {
            FixedResolver slow({Address::loopback_ipv4(0)}, 1h);
            auto looking = co_await attempt(timeout(2s, connect("shop.test", 80).resolver(slow)));
            CHECK(looking.failure().message() == "look up shop.test timed out after 2 s");

            // A full backlog makes the next one wait.
            Listener listener = co_await listen("127.0.0.1:0").backlog(0);
            Stream first = co_await connect(listener.address());
            FixedResolver resolver({Address::loopback_ipv4(0)});
            auto connecting = co_await attempt(timeout(2s, connect("shop.test", listener.port()).resolver(resolver)));
            CHECK(connecting.failure().message() ==
                  "connect to shop.test:" + std::to_string(listener.port()) + " (127.0.0.1) timed out after 2 s");
        };
        run_test(body);
    }

    TEST_CASE("a connection can be made from an address and a port of one's own") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            Stream client = co_await connect(listener.address()).local(*Address::parse("127.0.0.9", 0));
            Stream server = co_await listener.accept();
            CHECK(server.peer_address().host() == "127.0.0.9");
            std::uint16_t port = co_await closed_port();
            Stream other = co_await connect(listener.address()).local(*Address::parse("127.0.0.9", port));
            Stream third = co_await listener.accept();
            CHECK(third.peer_address() == *Address::parse("127.0.0.9", port));
        };
        on_both_kernels(body);
    }

    TEST_CASE("an address or an interface that this side cannot have is told, and which") {
        auto body = [&]() -> Task<> {
            Listener listener = co_await listen("127.0.0.1:0");
            auto foreign = co_await attempt(connect(listener.address()).local(*Address::parse("192.0.2.1", 0)));
            CHECK(foreign.failure().check<LocalAddressError>());
            CHECK(foreign.failure().message() == "bind to 192.0.2.1:0 failed: Cannot assign requested address");
            auto none = co_await attempt(connect(listener.address()).interface("no-such-if"));
            CHECK(none.failure().check<LocalAddressError>());
            CHECK(none.failure().message() == "use the network interface no-such-if failed: No such device");
            auto other_family = co_await attempt(connect(listener.address()).local(Address::loopback_ipv6(0)));
            CHECK(errno_of(other_family.failure()) == EAFNOSUPPORT);
            FixedResolver resolver({*Address::parse("127.0.0.1", 0)});
            auto named =
                co_await attempt(connect("shop.test", 80).resolver(resolver).local(*Address::parse("192.0.2.1", 0)));
            CHECK(named.failure().check<LocalAddressError>());
            CHECK(named.failure().message() == "bind to 192.0.2.1:0 failed: Cannot assign requested address");
        };
        run_on_ring(body);
    }

    TEST_CASE("an unknown host is told as such") {
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(connect("no-such-host.invalid", 80));
            CHECK(outcome.failure().message() == "look up no-such-host.invalid failed: no such host");
            CHECK(outcome.failure().check<ResolveError>());
        };
        on_both_kernels(body);
    }

    TEST_CASE("what is no target is refused at once") {
        for (const char* target : {"", "example.com", "example.com:http", ":80", "unix:"}) {
            CAPTURE(target);
            CHECK_THROWS_AS((void)connect(target), Error);
        }
    }

    TEST_CASE("overrides answer for their host and port, in any case, and leave the rest alone") {
        FixedResolver next({*Address::parse("10.0.0.1", 0)});
        OverrideResolver overrides(next);
        overrides.add("Shop.Test:443:127.0.0.1,[::1]");
        overrides.add("any.test:*:127.0.0.3");
        overrides.add("any.test:80:127.0.0.4");
        auto ask = [&](const char* host, std::uint16_t port) {
            auto body = [&]() -> Task<std::string> {
                std::vector<Address> found = co_await overrides.resolve(host, port);
                std::string text;
                for (const Address& address : found) text += address.to_string() + " ";
                co_return text;
            };
            return run_test(body);
        };
        CHECK(ask("shop.test", 443) == "127.0.0.1:443 [::1]:443 ");
        CHECK(ask("SHOP.TEST.", 443) == "127.0.0.1:443 [::1]:443 ");
        CHECK(ask("shop.test", 80) == "10.0.0.1:80 ");
        CHECK(ask("any.test", 80) == "127.0.0.4:80 ");
        CHECK(ask("any.test", 81) == "127.0.0.3:81 ");
        overrides.add("any.test", 80, {*Address::parse("127.0.0.5", 0)});
        CHECK(ask("any.test", 80) == "127.0.0.5:80 ");
        for (const char* bad : {"", "shop.test", "shop.test:443", "shop.test:443:", "shop.test:x:127.0.0.1",
                                "shop.test:0:127.0.0.1", ":443:127.0.0.1", "shop.test:443:name", "shop.test:443:::1,"})
            CHECK_THROWS_AS(overrides.add(bad), Error);
    }
}
