// What a resolver remembers of names, and what it tells while more is to come, in virtual time; and the same of a real
// name server.

#include <corduroy/net/system_resolver.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/testing/run.hpp>

#include "net/both_kernels.hpp"
#include "net/dnsmasq.hpp"
#include "net/name_backend.hpp"
#include "net/name_cache.hpp"

#include <map>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// What a name server says of one name, and when.
struct Script {
    struct Family {
        Duration after{};
        std::vector<std::string> addresses{};
    };
    Family ipv6{};
    Family ipv4{};
    std::optional<Duration> lifetime{};
    std::string failure = "no such host";
};

class ScriptedNames final : public NameBackend {
public:
    explicit ScriptedNames(std::map<std::string, Script>& scripts) : scripts_(scripts) {}

    void begin(std::shared_ptr<Lookup> lookup) override {
        ++asked;
        const Script& script = scripts_.at(lookup->host());
        Duration last = std::max(script.ipv6.after, script.ipv4.after);
        for (const Script::Family& family : {script.ipv6, script.ipv4}) {
            auto tell = [lookup, family] {
                std::vector<Address> addresses;
                for (const std::string& text : family.addresses) addresses.push_back(*Address::parse(text, 0));
                if (!addresses.empty()) lookup->found(addresses);
            };
            calls_.push_back(Reactor::current().call_later(family.after, tell));
        }
        auto end = [lookup, script] {
            if (lookup->addresses().empty())
                lookup->fail(script.failure, script.lifetime);
            else
                lookup->end(script.lifetime);
        };
        calls_.push_back(Reactor::current().call_later(last, end));
    }
    void give_up() noexcept override {
        for (DelayedCall& call : calls_)
            if (call.active()) call.cancel();
        calls_.clear();
    }
    void use_servers(const std::string&) override {}
    void stop() noexcept override { give_up(); }

    std::size_t asked = 0;

private:
    std::map<std::string, Script>& scripts_;
    std::vector<DelayedCall> calls_;
};

// A resolver of scripted names, and how often they were asked for.
struct Names {
    std::map<std::string, Script> scripts{};
    ScriptedNames* backend = new ScriptedNames(scripts); // the resolver's
    SystemResolver resolver{std::unique_ptr<NameBackend>(backend)};

    Task<std::string> look_up(std::string host) {
        std::vector<Address> addresses = co_await resolver.resolve(std::move(host), 80);
        std::string text;
        for (const Address& address : addresses) text += (text.empty() ? "" : " ") + address.to_string();
        co_return text;
    }
    Task<std::string> fault(std::string host) {
        auto outcome = co_await attempt(look_up(std::move(host)));
        co_return outcome ? "(found)" : outcome.failure().message();
    }
};

NameCache::Entry entry(const std::string& host) { return {host, {Address::loopback_ipv4(0)}, {}, {}}; }

void put(NameCache& cache, const std::string& host, Duration lifetime, TimePoint now = {}) {
    cache.put(host, entry(host).addresses, {}, lifetime, now);
}

} // namespace

TEST_SUITE("the cache of names") {
    TEST_CASE("remembers a name as long as its TTL says, and asks again then") {
        sim::run([](sim::World&) -> Task<> {
            Names names;
            names.scripts["a.test"] = {{0s, {}}, {10ms, {"10.0.0.1"}}, 30s};
            for (int round = 0; round < 3; ++round) {
                std::string found = co_await names.look_up("A.test");
                CHECK(found == "10.0.0.1:80");
            }
            CHECK(names.backend->asked == 1);
            co_await sleep(29s + 999ms);
            co_await names.look_up("a.test");
            CHECK(names.backend->asked == 1);
            co_await sleep(1ms);
            co_await names.look_up("a.test");
            CHECK(names.backend->asked == 2);
        });
    }

    TEST_CASE("remembers that there is no such name, for a short while, and nothing of a name server that failed") {
        sim::run([](sim::World&) -> Task<> {
            Names names;
            names.scripts["none.test"] = {{}, {}, Duration::max()};
            names.scripts["broken.test"] = {{}, {}, std::nullopt, "the name server failed"};
            for (int round = 0; round < 2; ++round) {
                std::string why = co_await names.fault("none.test");
                CHECK(why == "look up none.test failed: no such host");
            }
            CHECK(names.backend->asked == 1);
            co_await sleep(5s);
            names.scripts["none.test"] = {{}, {0s, {"10.0.0.1"}}, 30s};
            std::string found = co_await names.look_up("none.test");
            CHECK(found == "10.0.0.1:80");
            CHECK(names.backend->asked == 2);
            for (int round = 0; round < 2; ++round) {
                std::string why = co_await names.fault("broken.test");
                CHECK(why == "look up broken.test failed: the name server failed");
            }
            CHECK(names.backend->asked == 4);
        });
    }

    TEST_CASE("can be switched off, and forgets when it is set") {
        sim::run([](sim::World&) -> Task<> {
            Names names;
            names.scripts["a.test"] = {{}, {0s, {"10.0.0.1"}}, 30s};
            co_await names.look_up("a.test");
            NameCacheSettings settings;
            settings.names = 0;
            names.resolver.set_cache(settings);
            co_await names.look_up("a.test");
            co_await names.look_up("a.test");
            CHECK(names.backend->asked == 3);
        });
    }

    TEST_CASE("keeps within its bounds: so many names, so long, and so long where there is none") {
        NameCache cache;
        NameCacheSettings settings;
        settings.names = 2;
        settings.longest = 60s;
        settings.longest_negative = 3s;
        cache.set(settings);
        TimePoint now{};
        put(cache, "a", 10s);
        CHECK(cache.size() == 1);
        put(cache, "b", 10s);
        CHECK(cache.size() == 2);
        CHECK(cache.find("a", now) != nullptr); // which makes "b" the one that goes
        put(cache, "c", 10s);
        CHECK(cache.size() == 2);
        CHECK(cache.find("b", now) == nullptr);
        CHECK(cache.find("a", now) != nullptr);
        for (Duration lifetime : {Duration(59s), Duration(60s), Duration(61s), Duration::max()}) {
            put(cache, "a", lifetime);
            Duration kept = std::min<Duration>(lifetime, 60s);
            CHECK(cache.find("a", now + kept - 1ns) != nullptr);
            CHECK(cache.find("a", now + kept) == nullptr);
        }
        cache.put("none", {}, "no such host", 1h, now);
        CHECK(cache.find("none", now + 3s - 1ns) != nullptr);
        CHECK(cache.find("none", now + 3s) == nullptr);
        put(cache, "d", 0s);
        CHECK(cache.find("d", now) == nullptr);
    }
}

TEST_SUITE("a name's IPv6 and IPv4 addresses") {
    TEST_CASE("are told as they come, and IPv6 first where all are wanted") {
        sim::run([](sim::World& world) -> Task<> {
            Names names;
            names.scripts["a.test"] = {{100ms, {"2001:db8::1", "2001:db8::2"}}, {10ms, {"10.0.0.1"}}};
            struct Told final : AddressReceiver {
                explicit Told(sim::World& here) : world(here) {}
                void found(std::vector<Address> some) override { times.emplace_back(world.elapsed(), some.size()); }
                sim::World& world;
                std::vector<std::pair<Duration, std::size_t>> times;
            } told(world);
            co_await names.resolver.resolve_each("a.test", 80, told);
            CHECK(told.times == std::vector<std::pair<Duration, std::size_t>>{{10ms, 1}, {100ms, 2}});
            std::string all = co_await names.look_up("a.test");
            CHECK(all == "[2001:db8::1]:80 [2001:db8::2]:80 10.0.0.1:80");
        });
    }

    TEST_CASE("have a connection begin with IPv4 when IPv6 is not known 50 ms later, and with IPv6 when it is") {
        sim::run([](sim::World& world) -> Task<> {
            Names names;
            auto serve = [](net::Stream) -> Task<> { co_return; };
            auto& host = world.host("other").accept(80, serve);
            std::string ipv4 = host.ipv4().to_string();
            std::string ipv6 = host.ipv6().to_string();
            auto plain = [](std::string text) { // without its port
                text = text.substr(0, text.rfind(':'));
                return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
            };
            struct Row {
                Duration later; // than IPv4 the IPv6 addresses come
                Duration connected;
                bool by_ipv6;
            };
            for (const Row& row :
                 std::vector<Row>{{0ms, 10ms, true}, {49ms, 59ms, true}, {51ms, 60ms, false}, {10s, 60ms, false}}) {
                CAPTURE(row.later);
                names.scripts["a.test"] = {{10ms + row.later, {plain(ipv6)}}, {10ms, {plain(ipv4)}}};
                Duration start = world.elapsed();
                net::Stream stream = co_await connect("a.test", 80).resolver(names.resolver);
                CHECK(world.elapsed() - start == row.connected);
                CHECK((stream.peer_address().family() == AF_INET6) == row.by_ipv6);
            }
        });
    }

    TEST_CASE("are not given up by one who leaves while another, told of some, has not gone on yet") {
        sim::run([](sim::World&) -> Task<> {
            Names names;
            names.scripts["a.test"] = {{10ms, {"2001:db8::1"}}, {20ms, {"10.0.0.1"}}};
            struct Count final : AddressReceiver {
                void found(std::vector<Address> some) override { all += some.size(); }
                std::size_t all = 0;
            } count;
            CancelScope leaves;
            auto wait_for_all = [&]() -> Task<> {
                [[maybe_unused]] auto found = co_await within(leaves, names.look_up("a.test"));
            };
            // In the turn in which the first addresses come, and before whoever is told of them has gone on.
            DelayedCall leave = Reactor::current().call_later(10ms, [&] { leaves.cancel(); });
            co_await gather(names.resolver.resolve_each("a.test", 80, count), wait_for_all());
            CHECK(count.all == 2);
        });
    }

    TEST_CASE("are given up together when nobody waits any more, whichever has come") {
        sim::run([](sim::World& world) -> Task<> {
            Names names;
            names.scripts["a.test"] = {{1h, {"2001:db8::1"}}, {10ms, {"10.0.0.1"}}, 30s};
            auto late = co_await attempt(timeout(1s, names.look_up("a.test")));
            CHECK(late.failure().message().starts_with("look up a.test timed out"));
            CHECK(world.elapsed() == 1s);
            names.scripts["a.test"].ipv6.after = 20ms;
            std::string all = co_await names.look_up("a.test"); // half an answer is not remembered
            CHECK(all == "[2001:db8::1]:80 10.0.0.1:80");
            CHECK(names.backend->asked == 2);
        });
    }
}

TEST_CASE("what a real name server says is remembered, its absence too, until the resolver is told to forget") {
    if (!SystemResolver::asks_servers()) return;
    Dnsmasq server({"--host-record=a.test,10.0.0.1,2001:db8::1,60", "--host-record=brief.test,10.0.0.2,0",
                    "--cname=brief-alias.test,a.test,0", "--cname=alias.test,a.test,60"});
    if (!server.installed()) {
        MESSAGE("not run: dnsmasq is not installed");
        return;
    }
    Dnsmasq empty({"--host-record=b.test,10.0.0.9"});
    run_on_ring([&]() -> Task<> {
        auto& resolver = Reactor::current().service<SystemResolver>();
        resolver.use_servers(server.server());
        std::vector<Address> first = co_await resolver.resolve("a.test", 80);
        CHECK(first.size() == 2);
        CHECK(first.front().family() == AF_INET6);
        for (const char* name : {"brief.test", "brief-alias.test", "alias.test"}) co_await resolver.resolve(name, 80);
        auto nobody = co_await attempt(resolver.resolve("b.test", 80));
        CHECK(!nobody);
        server.stop();
        std::vector<Address> again = co_await resolver.resolve("a.test", 81);
        CHECK(again.size() == 2);
        CHECK(again.front().port() == 81);
        auto still_nobody = co_await attempt(resolver.resolve("b.test", 80));
        CHECK(still_nobody.failure().message() == "look up b.test failed: no such host");
        std::vector<Address> by_alias = co_await resolver.resolve("alias.test", 80);
        CHECK(by_alias.size() == 2);
        for (std::string name : {"brief.test", "brief-alias.test"}) { // of a TTL of 0, or with one on the way
            auto gone = co_await attempt(resolver.resolve(name, 80));
            CHECK(gone.failure().message() == "look up " + name + " failed: no name server answers");
        }
        resolver.use_servers(empty.server());
        std::vector<Address> appeared = co_await resolver.resolve("b.test", 80);
        CHECK(appeared.size() == 1);
    });
}
