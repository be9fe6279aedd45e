#include <corduroy/net/connect.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/net/listener.hpp>

#include "net/both_kernels.hpp"

#include <deque>
#include <vector>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t port = 80;
const char* const six_a = "2001:db8::1";
const char* const six_b = "2001:db8::2";
const char* const four_a = "10.0.0.1";
const char* const four_b = "10.0.0.2";

// Gives addresses in batches, each a while after the one before, and ends by a failure if there is to be one.
class BatchResolver final : public Resolver {
public:
    struct Batch {
        Duration after;
        std::vector<const char*> addresses;
    };

    explicit BatchResolver(std::vector<Batch> batches, const char* failure = nullptr)
        : batches_(std::move(batches)), failure_(failure) {}

    Task<std::vector<Address>> resolve(std::string, std::uint16_t) override {
        throw Error("all at once was asked for");
        co_return std::vector<Address>();
    }

    Task<> resolve_each(std::string, std::uint16_t at, AddressReceiver& receiver) override {
        for (const Batch& batch : batches_) {
            if (batch.after != 0s) co_await sleep(batch.after);
            std::vector<Address> addresses;
            for (const char* text : batch.addresses) addresses.push_back(*Address::parse(text, at));
            receiver.found(std::move(addresses));
        }
        if (failure_ != nullptr) throw ResolveError(failure_);
    }

private:
    std::vector<Batch> batches_;
    const char* failure_;
};

// The simulated peers: some answer, some are silent for ever; all others refuse.
class Peers {
public:
    Task<> answer(const char* host) { listeners_.push_back(co_await listen(*Address::parse(host, port))); }
    // A full backlog lets nobody in.
    Task<> keep_silent(const char* host) {
        listeners_.push_back(co_await listen(*Address::parse(host, port)).backlog(0));
        fillers_.push_back(co_await connect(*Address::parse(host, port)));
    }

private:
    std::deque<Listener> listeners_;
    std::deque<Stream> fillers_;
};

struct Outcome {
    std::string peer; // or the failure's message
    Duration after;
};

// Connects to shop.test, and tells to whom and when.
Task<Outcome> race(sim::World& world, Resolver& resolver, Duration bound = 1h) {
    Duration start = world.elapsed();
    auto connected = co_await attempt(timeout(bound, connect("shop.test", port).resolver(resolver)));
    Outcome outcome;
    outcome.peer = connected ? connected.value().peer_address().host() : connected.failure().message();
    outcome.after = world.elapsed() - start;
    co_return outcome;
}

} // namespace

TEST_SUITE("connection race") {
    TEST_CASE("IPv6 goes first where both families answer, whichever address is known first") {
        for (bool six_first : {true, false}) {
            auto body = [&](sim::World& world) -> Task<> {
                Peers peers;
                co_await peers.answer(six_a);
                co_await peers.answer(four_a);
                BatchResolver resolver({{0s, {six_first ? six_a : four_a}}, {10ms, {six_first ? four_a : six_a}}});
                Outcome outcome = co_await race(world, resolver);
                CHECK(outcome.peer == six_a);
                CHECK(outcome.after == (six_first ? 0ms : 10ms));
            };
            sim::run(body);
        }
    }

    TEST_CASE("IPv4 waits 50 ms for IPv6, and not longer") {
        struct Row {
            Duration six_after;
            const char* peer;
            Duration after;
        };
        for (const Row& row : {Row{49ms, six_a, 49ms}, Row{51ms, four_a, 50ms}, Row{10s, four_a, 50ms}}) {
            CAPTURE(row.six_after.count());
            auto body = [&](sim::World& world) -> Task<> {
                Peers peers;
                co_await peers.answer(six_a);
                co_await peers.answer(four_a);
                BatchResolver resolver({{0s, {four_a}}, {row.six_after, {six_a}}});
                Outcome outcome = co_await race(world, resolver);
                CHECK(outcome.peer == row.peer);
                CHECK(outcome.after == row.after);
            };
            sim::run(body);
        }
    }

    TEST_CASE("IPv4 waits for nothing once the look-up is over, however it ended") {
        for (const char* failure : {static_cast<const char*>(nullptr), "look up shop.test failed: half of it"}) {
            auto body = [&](sim::World& world) -> Task<> {
                Peers peers;
                co_await peers.answer(four_a);
                BatchResolver resolver({{0s, {four_a}}, {20ms, {}}}, failure);
                Outcome outcome = co_await race(world, resolver);
                CHECK(outcome.peer == four_a);
                CHECK(outcome.after == 20ms);
            };
            sim::run(body);
        }
    }

    TEST_CASE("a silent address is given 250 ms, then the other family's begins beside it") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.keep_silent(six_a);
            co_await peers.answer(four_a);
            BatchResolver resolver({{0s, {six_a}}, {0s, {four_a}}});
            Outcome outcome = co_await race(world, resolver);
            CHECK(outcome.peer == four_a);
            CHECK(outcome.after == 250ms);
        };
        sim::run(body);
    }

    TEST_CASE("a refused address gives way at once") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.answer(four_a);
            BatchResolver resolver({{0s, {six_a, six_b}}, {0s, {four_a}}});
            Outcome outcome = co_await race(world, resolver);
            CHECK(outcome.peer == four_a);
            CHECK(outcome.after == 0ms);
        };
        sim::run(body);
    }

    TEST_CASE("an attempt that fails while an earlier one is silent makes the next begin at once") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.keep_silent(six_a);
            co_await peers.answer(six_b);
            BatchResolver resolver({{0s, {six_a, six_b, four_a}}});
            Outcome outcome = co_await race(world, resolver);
            CHECK(outcome.peer == six_b); // after 10.0.0.1, which refuses
            CHECK(outcome.after == 250ms);
        };
        sim::run(body);
    }

    TEST_CASE("the families take turns, and a deadline names all that was tried, in order") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            for (const char* host : {six_a, four_a, four_b}) co_await peers.keep_silent(host);
            BatchResolver resolver({{0s, {six_a, six_b, four_a, four_b}}});
            Outcome early = co_await race(world, resolver, 249ms);
            CHECK(early.peer == "connect to shop.test:80 (2001:db8::1) timed out after 249 ms");
            Outcome late = co_await race(world, resolver, 1s);
            CHECK(late.peer == "connect to shop.test:80 (2001:db8::1, 10.0.0.1, 2001:db8::2: Connection refused, "
                               "10.0.0.2) timed out after 1 s");
        };
        sim::run(body);
    }

    TEST_CASE("the order that a resolver gives within a batch decides which family goes first") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.answer(six_a);
            co_await peers.answer(four_a);
            BatchResolver resolver({{0s, {four_a, six_a}}});
            Outcome outcome = co_await race(world, resolver);
            CHECK(outcome.peer == four_a);
        };
        sim::run(body);
    }

    TEST_CASE("addresses that become known after all earlier ones failed are tried then") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.answer(four_b);
            BatchResolver resolver({{0s, {six_a}}, {3s, {four_a, four_b}}});
            Outcome outcome = co_await race(world, resolver);
            CHECK(outcome.peer == four_b);
            CHECK(outcome.after == 3s);
        };
        sim::run(body);
    }

    TEST_CASE("when all refuse the error names all; when nothing was found it is the look-up's") {
        auto body = [&](sim::World& world) -> Task<> {
            BatchResolver both({{0s, {four_a}}, {1ms, {six_a}}}, "look up shop.test failed: half of it");
            Outcome refused = co_await race(world, both);
            CHECK(refused.peer == "connect to shop.test:80 (2001:db8::1, 10.0.0.1) failed: Connection refused");
            BatchResolver failing({}, "look up shop.test failed: no such host");
            Outcome unknown = co_await race(world, failing);
            CHECK(unknown.peer == "look up shop.test failed: no such host");
            BatchResolver empty({{0s, {}}});
            Outcome nothing = co_await race(world, empty);
            CHECK(nothing.peer == "look up shop.test failed: it has no addresses");
        };
        sim::run(body);
    }

    TEST_CASE("of several that succeed together one is given and the others are closed") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            for (const char* host : {six_a, six_b, four_a, four_b}) co_await peers.answer(host);
            BatchResolver resolver({{0s, {six_a, six_b, four_a, four_b}}});
            std::size_t before = world.kernel().open_descriptors();
            {
                Stream stream = co_await connect("shop.test", port).resolver(resolver).attempt_delay(0s);
                CHECK(stream.peer_address().host() == six_a);
                CHECK(world.kernel().open_descriptors() == before + 1);
            }
        };
        sim::run(body);
    }

    TEST_CASE("the delay between attempts can be set") {
        auto body = [&](sim::World& world) -> Task<> {
            Peers peers;
            co_await peers.keep_silent(six_a);
            co_await peers.answer(four_a);
            BatchResolver resolver({{0s, {six_a, four_a}}});
            Duration start = world.elapsed();
            Stream stream = co_await connect("shop.test", port).resolver(resolver).attempt_delay(20ms);
            CHECK(stream.peer_address().host() == four_a);
            CHECK(world.elapsed() - start == 20ms);
        };
        sim::run(body);
    }

    TEST_CASE("it can be cancelled at any moment, and leaves nothing open") {
        // The look-up ends at 30 ms; attempts begin at 10, 260 and 510 ms.
        for (auto bound = 0ms; bound <= 600ms; bound += 10ms) {
            auto body = [&](sim::World& world) -> Task<> {
                Peers peers;
                for (const char* host : {six_a, six_b, four_a}) co_await peers.keep_silent(host);
                BatchResolver resolver({{10ms, {six_a, six_b}}, {20ms, {four_a}}});
                std::size_t before = world.kernel().open_descriptors();
                Outcome outcome = co_await race(world, resolver, bound);
                bool in_name = outcome.peer.starts_with("look up shop.test timed out");
                bool in_connect = outcome.peer.starts_with("connect to shop.test:80 (2001:db8::1");
                CHECK((bound == 0ms || in_connect || (bound == 10ms && in_name)));
                CHECK(outcome.after == bound);
                CHECK(world.kernel().open_descriptors() == before);
            };
            sim::run(body);
        }
    }
}
