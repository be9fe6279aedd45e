#include <corduroy/net/system_resolver.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/net/connect.hpp>

#include "net/both_kernels.hpp"
#include "net/dnsmasq.hpp"
#include "net/name_backend.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

SystemResolver& resolver() { return Reactor::current().service<SystemResolver>(); }

Task<std::string> look_up(std::string host, std::uint16_t port = 80) {
    std::vector<Address> addresses = co_await resolver().resolve(host, port);
    std::sort(addresses.begin(), addresses.end(),
              [](const Address& a, const Address& b) { return a.to_string() < b.to_string(); });
    std::string text;
    for (const Address& address : addresses) text += (text.empty() ? "" : " ") + address.to_string();
    co_return text;
}

void skip(const std::string& reason) { MESSAGE("skipped: " << reason); }

// The first name in the hosts file that is none of those that need no lookup, and its address.
std::pair<std::string, std::string> from_hosts_file() {
    std::ifstream file("/etc/hosts");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string address, name;
        if (!(words >> address >> name)) continue;
        bool plain = name.find("localhost") == std::string::npos && name.find("ip6-") != 0;
        if (plain && Address::parse(address, 0)) return {name, address};
    }
    return {};
}

// A name server, in a thread of its own, whose response to every query is this code of RFC 1035, section 4.1.1.
class AnswersWithCode {
public:
    explicit AnswersWithCode(int code) : thread_([this, code] { serve(code); }) {}
    AnswersWithCode(const AnswersWithCode&) = delete;
    AnswersWithCode& operator=(const AnswersWithCode&) = delete;
    ~AnswersWithCode() {
        Address own = Address::loopback_ipv4(port());
        ::sendto(socket_.fd(), "", 0, 0, own.data(), own.size()); // an empty datagram ends it
        thread_.join();
    }

    std::uint16_t port() const { return socket_.port(); }

private:
    void serve(int code) {
        char message[1024];
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        auto* client = reinterpret_cast<sockaddr*>(&from);
        while (true) {
            ssize_t size = ::recvfrom(socket_.fd(), message, sizeof message, 0, client, &length);
            if (size < 12) return;
            message[2] = static_cast<char>(message[2] | 0x80); // a response
            message[3] = static_cast<char>(0x80 | code);       // recursion is available
            ::sendto(socket_.fd(), message, static_cast<std::size_t>(size), 0, client, length);
        }
    }

    BoundSocket socket_{SOCK_DGRAM};
    std::thread thread_;
};

} // namespace

TEST_SUITE("resolver") {
    TEST_CASE("what needs no lookup is known at once") {
        auto body = [&]() -> Task<> {
            std::string text = co_await look_up("127.0.0.1", 80);
            CHECK(text == "127.0.0.1:80");
            text = co_await look_up("::1", 80);
            CHECK(text == "[::1]:80");
            for (const char* host : {"localhost", "LocalHost", "localhost.", "app.localhost"}) {
                text = co_await look_up(host, 81);
                CHECK(text == "127.0.0.1:81 [::1]:81");
            }
            for (std::string host : {"invalid", "no-such-host.invalid", "a.b.invalid."}) {
                auto outcome = co_await attempt(look_up(host));
                CHECK(outcome.failure().message() == "look up " + host + " failed: no such host");
                CHECK(outcome.failure().check<ResolveError>());
            }
            auto outcome = co_await attempt(look_up(""));
            CHECK(outcome.failure().message() == "look up \"\" failed: it is no host name");
        };
        on_both_kernels(body);
    }

    TEST_CASE("a simulated program asks no name server of the machine's") {
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(look_up("example.com"));
            CHECK(outcome.failure().message() == "look up example.com failed: no such host");
        };
        if (SystemResolver::asks_servers()) sim::run(body);
    }

    TEST_CASE("names come from the hosts file") {
        auto [name, address] = from_hosts_file();
        if (name.empty()) return skip("the hosts file has nothing but localhost");
        auto body = [&]() -> Task<> {
            std::string text = co_await look_up(name);
            CHECK(text.find(Address::parse(address, 80)->to_string()) != std::string::npos);
        };
        run_on_ring(body);
    }

    TEST_CASE("names come from a name server, IPv4 and IPv6, over TCP where the answer is too large") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        std::vector<std::string> records{"--host-record=both.test,10.0.0.1,2001:db8::1",
                                         "--host-record=four.test,10.0.0.2", "--host-record=six.test,2001:db8::2",
                                         "--cname=alias.test,four.test", "--txt-record=text.test,hello"};
        for (int i = 1; i <= 100; ++i) records.push_back("--host-record=many.test,10.9.0." + std::to_string(i));
        Dnsmasq server(records);
        if (!server.installed()) return skip("dnsmasq is not installed");
        auto body = [&]() -> Task<> {
            resolver().use_servers(server.server());
            std::string text = co_await look_up("both.test", 443);
            CHECK(text == "10.0.0.1:443 [2001:db8::1]:443");
            text = co_await look_up("Four.Test");
            CHECK(text == "10.0.0.2:80");
            text = co_await look_up("six.test");
            CHECK(text == "[2001:db8::2]:80");
            text = co_await look_up("alias.test");
            CHECK(text == "10.0.0.2:80");
            std::vector<Address> many = co_await resolver().resolve("many.test", 80);
            CHECK(many.size() == 100);
            auto nobody = co_await attempt(look_up("nobody.test"));
            CHECK(nobody.failure().message() == "look up nobody.test failed: no such host");
            auto no_address = co_await attempt(look_up("text.test"));
            CHECK(no_address.failure().message() == "look up text.test failed: it has no addresses");
            auto refused = co_await attempt(look_up("elsewhere.example"));
            CHECK(refused.failure().message() == "look up elsewhere.example failed: the name server refused to answer");
        };
        run_on_ring(body);
    }

    TEST_CASE("that a name server answers and cannot help is told apart from that none answers") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        struct Row {
            int code;
            const char* why;
        };
        for (const Row& row : {Row{2, "the name server failed"}, Row{5, "the name server refused to answer"}}) {
            CAPTURE(row.code);
            AnswersWithCode server(row.code);
            auto body = [&]() -> Task<> {
                resolver().use_servers("127.0.0.1:" + std::to_string(server.port()));
                auto outcome = co_await attempt(look_up("shop.test"));
                CHECK(outcome.failure().message() == std::string("look up shop.test failed: ") + row.why);
            };
            run_on_ring(body);
        }
    }

    TEST_CASE("one of several who ask for the same name can leave, and the others get the answer") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        Dnsmasq server({"--host-record=shop.test,10.0.0.1"});
        if (!server.installed()) return skip("dnsmasq is not installed");
        auto body = [&]() -> Task<> {
            resolver().use_servers(server.server());
            auto results = co_await settle(look_up("shop.test"), timeout(1ns, look_up("shop.test")),
                                           look_up("shop.test"), look_up("nobody.test"));
            auto& [first, left, third, failed] = results;
            CHECK(first.value() == "10.0.0.1:80");
            CHECK(left.failure().message().starts_with("look up shop.test timed out after "));
            CHECK(third.value() == "10.0.0.1:80");
            CHECK(failed.failure().message() == "look up nobody.test failed: no such host");
        };
        run_on_ring(body);
    }

    TEST_CASE("those who ask for the same name share a query, which ends when nobody waits") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        BoundSocket silent(SOCK_DGRAM);
        auto body = [&]() -> Task<> {
            resolver().use_servers("127.0.0.1:" + std::to_string(silent.port()));
            std::size_t before = open_descriptors();
            auto outcome = co_await attempt(
                timeout(10ms, gather(look_up("shop.test"), look_up("SHOP.test"), look_up("shop.test", 443))));
            CHECK(outcome.failure().message() == "look up shop.test timed out after 10 ms");
            CHECK(silent.datagrams() == 2); // A and AAAA
            co_await sleep(1ms);            // the sockets close when the ring has let go of them
            CHECK(open_descriptors() == before);
        };
        run_on_ring(body);
    }

    TEST_CASE("a name server that is not there is told") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        std::uint16_t port = BoundSocket(SOCK_DGRAM).port();
        auto body = [&]() -> Task<> {
            resolver().use_servers("127.0.0.1:" + std::to_string(port));
            auto outcome = co_await attempt(look_up("shop.test"));
            CHECK(outcome.failure().message() == "look up shop.test failed: no name server answers");
            auto connecting = co_await attempt(connect("shop.test:80"));
            CHECK(connecting.failure().check<ResolveError>());
        };
        run_on_ring(body);
    }

    TEST_CASE("a list of name servers that makes no sense is refused") {
        auto body = [&]() -> Task<> {
            CHECK_THROWS_AS(resolver().use_servers("not a server"), ResolveError);
            co_return;
        };
        run_on_ring(body);
    }

    TEST_CASE("a reactor ends with lookups that nobody waits for any more") {
        if (!SystemResolver::asks_servers()) return skip("no c-ares in this build");
        BoundSocket silent(SOCK_DGRAM);
        auto body = [&]() -> Task<> {
            resolver().use_servers("127.0.0.1:" + std::to_string(silent.port()));
            auto results = co_await settle(look_up("one.test"), look_up("two.test")).within(1ms);
            CHECK_FALSE(std::get<0>(results));
        };
        run_on_ring(body);
    }

    TEST_CASE("without c-ares a thread looks names up, and a lookup left behind harms nobody") {
        auto body = [&]() -> Task<> {
            auto backend = make_thread_backend(Reactor::current());
            auto known = std::make_shared<Lookup>("localhost");
            auto unknown = std::make_shared<Lookup>("no-such-host.invalid");
            backend->begin(known);
            backend->begin(unknown);
            co_await LookupWaiter(*known);
            CHECK_FALSE(known->addresses().empty());
            CHECK(known->addresses().front().is_ip());
            co_await LookupWaiter(*unknown);
            CHECK(unknown->addresses().empty());
            CHECK_FALSE(unknown->failure().empty());
            CHECK_THROWS_AS(backend->use_servers("127.0.0.1"), ResolveError);
            backend->begin(std::make_shared<Lookup>("localhost"));
            backend->stop();
        };
        run(body());
    }
}
