// The pool never wedges: thousands of requests, of which many are cancelled and many break, and every place is free
// afterwards.

#include "http/pool/storm.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

using namespace corduroy;
using namespace corduroy::testing;
using namespace std::chrono_literals;
using Way = StormRequest::Way;

namespace {

class Drip final : public http::BodyReader {
public:
    Task<std::string_view> read() override {
        if (left_ == 0) co_return std::string_view();
        --left_;
        co_await sleep(20ms);
        co_return "some bytes";
    }

private:
    int left_ = 5;
};

Task<http::Response> answer(http::Request& request) {
    std::string path(request.path());
    if (path == "/large") co_return http::Response(200, std::string(200'000, 'x'));
    if (path == "/late") co_await sleep(100ms);
    if (path == "/redirect") co_return http::Response(302).header("location", "/small");
    if (path == "/close") co_return http::Response(200, "bye").header("connection", "close");
    if (path == "/drip") {
        http::ResponseHead head;
        head.status = 200;
        co_return http::Response(std::move(head), std::make_unique<Drip>());
    }
    co_return http::Response(200, std::string(2'000, 'x'));
}

void play(std::uint64_t seed) {
    sim::SimOptions options;
    options.seed = seed;
    options.shuffle_completions = true;
    options.edges = sim::Edges::all();
    sim::run(
        [seed](sim::World& world) -> Task<> {
            std::vector<StormRequest> requests;
            for (std::string name : {"a", "b", "c", "d"}) {
                world.host(name).latency(3ms).jitter(4ms).lookup_time(5ms).serve(80, answer);
                std::string base = "http://" + name;
                requests.push_back({base + "/small", Way::whole, 6});
                requests.push_back({base + "/small", Way::dropped_at_head, 2});
                requests.push_back({base + "/large", Way::whole, 3});
                requests.push_back({base + "/large", Way::streamed, 2});
                requests.push_back({base + "/large", Way::dropped_at_head, 1});
                requests.push_back({base + "/large", Way::dropped_after_piece, 1});
                requests.push_back({base + "/late", Way::whole, 2});
                requests.push_back({base + "/redirect", Way::whole, 2});
                requests.push_back({base + "/close", Way::whole, 2});
                requests.push_back({base + "/drip", Way::whole, 1});
                requests.push_back({base + "/drip", Way::dropped_at_head, 1});
                requests.push_back({base + "/drip", Way::dropped_after_piece, 1});
                requests.push_back({base + "/small", Way::posted, 2});
            }
            // One in eighteen comes to a host that breaks every connection.
            world.host("broken").latency(3ms).faults({.reset = 1}).serve(80, answer);
            requests.push_back({"http://broken/large", Way::whole, 6});
            // Of the others some are refused, end early or break as well.
            for (std::string name : {"c", "d"}) world.host(name).faults({.refuse = 0.02, .reset = 0.02, .end = 0.02});

            http::ClientSettings settings;
            settings.connections = 16;
            settings.connections_per_origin = 6;
            settings.idle_connections = 12;
            settings.idle_timeout = 200ms;
            settings.drain_timeout = 100ms;
            http::Client client(settings);
            Storm storm(client, requests, seed);
            co_await storm.run(10'000, 64);
            MESSAGE("seed " << seed << ": " << storm.succeeded << " succeeded, " << storm.cancelled << " cancelled, "
                            << storm.failed << " failed, in " << world.elapsed() / 1ms << " ms of virtual time");
            CHECK(storm.succeeded + storm.cancelled + storm.failed == 10'000);
            CHECK(storm.cancelled > 2'000);
            CHECK(storm.failed > 400);
            CHECK(storm.most_open == 16);

            CHECK(client.connections() == client.idle_connections());
            for (std::string name : {"a", "b", "c", "d"}) {
                world.host(name).faults({});
                for (int i = 0; i < 12; ++i) {
                    auto response = co_await timeout(1s, client.get("http://" + name + "/small"));
                    CHECK(response.status() == 200);
                }
            }
            co_await sleep(1s);
            CHECK(client.connections() == 0);
        },
        options);
}

} // namespace

TEST_CASE("of ten thousand requests, many cancelled and many broken, each gives its place back") {
    for (std::uint64_t seed : {1, 2}) play(seed);
}
