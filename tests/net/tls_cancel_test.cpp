#include "net/tls_stream.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"
#include "net/tls_pair.hpp"
#include "support/stream_decorator.hpp"

#include <algorithm>
#include <array>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

constexpr int total = 5'000;

enum class Way { read_some, read_much, receive };

struct Count {
    int bytes = 0;
    int wrong = 0;
    int timeouts = 0;

    void take(std::string_view text) {
        for (char c : text) wrong += c == static_cast<char>(bytes++ & 0x7f) ? 0 : 1;
    }
};

Task<bool> read_once(ByteStream& stream, Way way, Count& count) {
    if (way == Way::receive) {
        ReceivedBytes received = co_await stream.receive();
        count.take(received.text());
        co_return !received.empty();
    }
    std::string text = co_await read_some_text(stream, way == Way::read_much ? 64 * 1024 : 16);
    count.take(text);
    co_return !text.empty();
}

Task<> read_impatiently(ByteStream& stream, Way way, Duration bound, Count& count) {
    for (;;) {
        auto outcome = co_await attempt(timeout(bound, read_once(stream, way, count)));
        if (outcome && !*outcome) co_return;
        if (outcome) continue;
        REQUIRE(outcome.failure().check<TimeoutError>());
        ++count.timeouts;
    }
}

Task<> write_slowly(ByteStream& stream, Duration gap) {
    for (int i = 0; i < total; ++i) {
        std::byte next{static_cast<unsigned char>(i & 0x7f)};
        std::span<const std::byte> bytes(&next, 1);
        co_await stream.write_all(bytes);
        if (gap > 0s) co_await sleep(gap);
    }
    co_await stream.shutdown();
}

// Lets only so much through at a time, with a pause before, so that records arrive in pieces.
class Trickle : public StreamDecorator {
public:
    Trickle(std::unique_ptr<ByteStream> below, Duration pause) : StreamDecorator(std::move(below)), pause_(pause) {}

    Task<ReceivedBytes> receive(std::source_location site) override {
        // The pause comes first: an await that is cancelled here has taken nothing.
        if (pause_ > Duration::zero()) co_await sleep(pause_);
        auto own = std::make_unique<std::byte[]>(7);
        std::span<std::byte> into(own.get(), 7);
        std::size_t count = co_await below_->read_some(into, site);
        co_return ReceivedBytes(std::move(own), count);
    }

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override {
        if (pause_ > Duration::zero()) co_await sleep(pause_);
        std::span<std::byte> first = into.first(std::min<std::size_t>(into.size(), 7));
        co_return co_await below_->read_some(first, site);
    }

private:
    Duration pause_;
};

} // namespace

TEST_SUITE("tls cancellation") {
    TEST_CASE("a stream read under a time-out as short as the gap between its bytes loses none, in virtual time") {
        for (Way way : {Way::read_some, Way::read_much, Way::receive}) {
            CAPTURE(static_cast<int>(way));
            auto body = [&]() -> Task<> {
                TlsPairPlan plan;
                TlsPair pair = co_await tls_pair(plan);
                Count count;
                auto reading = read_impatiently(*pair.server, way, 1ms, count);
                auto writing = write_slowly(*pair.client, 1ms);
                co_await gather(std::move(reading), std::move(writing));
                CHECK(count.bytes == total);
                CHECK(count.wrong == 0);
                CHECK(count.timeouts > 0);
            };
            sim::run(body);
        }
    }

    TEST_CASE("a read cancelled in the middle of a record loses nothing of it") {
        for (Way way : {Way::read_some, Way::read_much, Way::receive}) {
            CAPTURE(static_cast<int>(way));
            auto body = [&]() -> Task<> {
                TlsPairPlan plan;
                plan.below_server = [](std::unique_ptr<ByteStream> below) -> std::unique_ptr<ByteStream> {
                    return std::make_unique<Trickle>(std::move(below), 1ms);
                };
                TlsPair pair = co_await tls_pair(plan);
                Count count;
                auto reading = read_impatiently(*pair.server, way, 2500us, count);
                auto writing = write_slowly(*pair.client, 0ms);
                co_await gather(std::move(reading), std::move(writing));
                CHECK(count.bytes == total);
                CHECK(count.wrong == 0);
                CHECK(count.timeouts > total / 2);
            };
            sim::run(body);
        }
    }

    TEST_CASE("a handshake that nobody answers ends with its deadline, which names it") {
        on_both_kernels([]() -> Task<> {
            auto context = TlsContext::make(client_settings());
            auto [client, silent] = stream_pair();
            auto shaking = start_tls_client(std::move(client).into_bytes(), context, "localhost");
            auto bounded = timeout(1ms, std::move(shaking));
            CHECK(co_await fault_of<TimeoutError>(std::move(bounded)) ==
                  "TLS handshake with localhost timed out after 1 ms");
        });
    }

    TEST_CASE("a handshake can be cancelled at any of its steps and leaves nothing behind") {
        auto client = TlsContext::make(client_settings());
        auto server = TlsContext::make(server_settings());
        int finished = 0;
        int cancelled = 0;
        // How long a handshake is depends on OpenSSL: version 3.5 sends keys of 1,200 bytes.
        for (int steps = 0; finished == 0 && steps < 4000; steps += 3) {
            auto body = [&]() -> Task<> {
                TlsPairPlan plan;
                plan.client = client;
                plan.server = server;
                auto trickle = [](std::unique_ptr<ByteStream> below) -> std::unique_ptr<ByteStream> {
                    return std::make_unique<Trickle>(std::move(below), 1ms);
                };
                plan.below_client = trickle;
                plan.below_server = trickle;
                auto outcome = co_await attempt(timeout(steps * 1ms, tls_pair(plan)));
                ++(outcome ? finished : cancelled);
            };
            sim::run(body);
        }
        CHECK(finished > 0);
        CHECK(cancelled > 0);
    }

    TEST_CASE("a shutdown that was given up can be brought to its end by another") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            std::string large = pattern(8'000'000); // more than the kernel holds for a peer that does not read
            pair.client->write_soon(large);
            auto given_up = co_await attempt(timeout(10ms, pair.client->shutdown()));
            REQUIRE_FALSE(given_up.has_value());
            bool ended = false;
            auto end = [&]() -> Task<> {
                co_await pair.client->shutdown();
                ended = true;
            };
            auto read = [&]() -> Task<> {
                co_await sleep(10ms);
                CHECK_FALSE(ended);
                std::string text = co_await read_to_end(*pair.server, 100'000);
                CHECK((text == large));
            };
            co_await gather(end(), read());
            co_await pair.client->shutdown();
        });
    }

    TEST_CASE("after a write that was given up nothing can be written any more, and reading goes on") {
        on_both_kernels([]() -> Task<> {
            TlsPairPlan plan;
            TlsPair pair = co_await tls_pair(plan);
            std::string large = pattern(4'000'000); // more than the kernel holds for a peer that does not read
            auto bounded = timeout(10ms, pair.client->write_all(bytes_of(large)));
            auto outcome = co_await attempt(std::move(bounded));
            REQUIRE_FALSE(outcome.has_value());
            CHECK(outcome.failure().check<TimeoutError>());
            std::string cause = "write to localhost failed: an earlier write was given up in the middle";
            auto again = pair.client->write_all(bytes_of("x"));
            CHECK(co_await fault_of<TlsError>(std::move(again)) == cause);
            auto flushing = pair.client->flush();
            CHECK(co_await fault_of<TlsError>(std::move(flushing)) == cause);
            auto ending = pair.client->shutdown();
            CHECK(co_await fault_of<TlsError>(std::move(ending)) == cause);
            pair.client->write_soon("dropped");
            co_await pair.server->write_all(bytes_of("still here"));
            CHECK(co_await read_some_text(*pair.client, 100) == "still here");
        });
    }
}
