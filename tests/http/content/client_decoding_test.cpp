// Encoded answers through the whole client.

#include "http/content/codings.hpp"
#include "http/content/encoders.hpp"
#include "support/run_test.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <doctest/doctest.h>

using namespace corduroy;
using namespace std::chrono_literals;
using namespace corduroy::http::testing;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

namespace {

StubAnswer encoded(std::string body, const std::string& coding) {
    return StubAnswer(200, std::move(body)).header("content-encoding", coding);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("what the build decodes is asked for, and decoded, whole and streamed, with the connection kept") {
    run_test([]() -> Task<> {
        std::string text = "hello ";
        for (int i = 0; i < 14; ++i) text += text;
        StubServer server;
        http::Client client = server.client();
        for (const Encoder& encoder : encoders()) {
            CAPTURE(encoder.name);
            server.expect("GET", "http://h/")
                .header("accept-encoding", http::accepted_codings())
                .times(2)
                .answer(encoded(encoder.encode(text), encoder.name));
            auto whole = co_await client.get("http://h/");
            CHECK(whole.text() == text);
            CHECK(whole.headers().get("content-encoding") == encoder.name);
            auto streamed = co_await client.get("http://h/").streamed();
            co_await streamed.read_all();
            CHECK(streamed.bytes() == text);
        }
        server.verify();
        CHECK(server.connections_made() <= 1);
    });
}

TEST_CASE("raw bytes are given on demand, by request and by client, and then no coding is asked for") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").no_header("accept-encoding").times(2).answer(encoded("as it is", "gzip"));
        http::Client client = server.client();
        auto raw = co_await client.get("http://h/").without_decoding();
        CHECK(raw.bytes() == "as it is");
        http::ClientSettings settings = server.settings();
        settings.decoding.enabled = false;
        auto of_client = co_await http::Client(settings).get("http://h/");
        CHECK(of_client.bytes() == "as it is");
        server.verify();
    });
}

TEST_CASE("an own Accept-Encoding is sent as it is, a part of something is asked for as it is, and not decoded") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/own").header("accept-encoding", "x").answer(200);
        server.expect("GET", "http://h/none").no_header("accept-encoding").answer(200);
        server.expect("GET", "http://h/part")
            .header("accept-encoding", "identity")
            .answer(StubAnswer(206, "part").header("content-encoding", "gzip"));
        http::Client client = server.client();
        co_await client.get("http://h/own").header("accept-encoding", "x");
        co_await client.get("http://h/none").without_header("accept-encoding");
        auto part = co_await client.get("http://h/part").header("range", "bytes=0-3");
        CHECK(part.bytes() == "part");
        server.verify();
    });
}

TEST_CASE("an answer without a body is not decoded, whatever its head says") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("HEAD", "http://h/").answer(encoded("x", "klingon"));
        server.expect("GET", "http://h/").answer(StubAnswer(304).header("content-encoding", "klingon"));
        server.expect("GET", "http://h/").answer(StubAnswer(200).header("content-encoding", "klingon"));
        http::Client client = server.client();
        co_await client.head("http://h/");
        co_await client.get("http://h/");
        co_await client.get("http://h/");
        server.verify();
        server.expect("HEAD", "http://h/").answer(encoded("x", "klingon"));
        server.expect("GET", "http://h/").answer(StubAnswer(304).header("content-encoding", "klingon"));
        server.expect("GET", "http://h/").answer(StubAnswer(200).header("content-encoding", "klingon"));
        for (const char* method : {"HEAD", "GET", "GET"}) {
            http::Response streamed = co_await client.request(method, "http://h/").streamed();
            std::string_view piece = co_await streamed.read();
            CHECK(piece == "");
        }
        server.verify();
    });
}

TEST_CASE("a trace is told of what cannot be decoded") {
    sim::run([]() -> Task<> {
        StubServer server;
        std::string told;
        http::Client client = server.client().trace([&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::failed)
                told += std::to_string(event.status) + " " + std::string(event.detail) + "\n";
        });
        server.expect("GET", "http://h/").times(3).answer(encoded("x", "klingon"));
        std::string refused = "GET http://h/ failed while reading the body: the body ";
        auto whole = co_await attempt(client.get("http://h/"));
        CHECK(!whole);
        CHECK(contains(told, "200 " + refused + "is encoded as \"klingon\""));
        auto streamed = co_await attempt(client.get("http://h/").streamed());
        CHECK(!streamed);
        std::string own;
        auto traced = co_await attempt(
            client.get("http://h/").trace([&](const http::TraceEvent& event) { own = to_string(event.step); }));
        CHECK(!traced);
        CHECK(own == "failed");
        if (encoders().empty()) co_return;
        told.clear();
        Encoder encoder = encoders().front();
        std::string bytes = encoder.encode("some text that is not too short");
        server.expect("GET", "http://h/").answer(encoded(bytes.substr(0, bytes.size() - 1), encoder.name));
        auto cut = co_await client.get("http://h/").streamed();
        auto read = co_await attempt(cut.read_all());
        CHECK(told == "200 " + read.failure().message() + "\n");
    });
}

TEST_CASE("a request that is cancelled while its answer is decoded closes its connection") {
    sim::run([](sim::World& world) -> Task<> {
        for (const Encoder& encoder : encoders()) {
            CAPTURE(encoder.name);
            StubServer server;
            std::string bytes = encoder.encode(std::string(100'000, 'x') + "and so on");
            auto half =
                StubAnswer(200).header("content-encoding", encoder.name).then(bytes.substr(0, bytes.size() / 2));
            server.expect("GET", "http://h/").times(2).answer(std::move(half).then_silence());
            http::Client client = server.client();
            auto start = world.elapsed();
            auto reading = client.get("http://h/");
            auto whole = co_await attempt(timeout(5s, std::move(reading)));
            CHECK(whole.failure().check<TimeoutError>());
            CHECK(client.connections() == 0);
            auto streamed = co_await client.get("http://h/").streamed();
            auto rest = streamed.read_all();
            auto cut = co_await attempt(timeout(5s, std::move(rest)));
            CHECK(cut.failure().check<TimeoutError>());
            CHECK(client.connections() == 0);
            CHECK(world.elapsed() - start == 10s);
        }
    });
}

TEST_CASE("what cannot be decoded is an error with method and URL, and holds no connection") {
    run_test([]() -> Task<> {
        StubServer server;
        http::Client client = server.client();
        auto refused = [&](StubAnswer answer) -> Task<std::string> {
            server.expect("GET", "http://h/").answer(std::move(answer));
            auto got = co_await attempt(client.get("http://h/"));
            CHECK(!got);
            CHECK(client.connections() == client.idle_connections());
            co_return got ? "" : got.failure().message();
        };
        std::string unknown = co_await refused(encoded("x", "klingon"));
        CHECK(contains(unknown, "GET http://h/ failed while reading the body: the body is encoded as \"klingon\""));
        std::string nested = co_await refused(encoded("x", "gzip, gzip, gzip, gzip"));
        CHECK(contains(nested, "GET http://h/ failed while reading the body: the body has been encoded 4 times over"));
        for (const Encoder& encoder : encoders()) {
            CAPTURE(encoder.name);
            std::string bytes = encoder.encode("some text that is not too short");
            std::string cut = co_await refused(encoded(bytes.substr(0, bytes.size() - 1), encoder.name));
            CHECK(contains(cut, "GET http://h/ failed while reading the body: the body's"));
        }
    });
}

TEST_CASE("a decoded body has its bound: the client's, or the request's") {
    run_test([]() -> Task<> {
        for (const Encoder& encoder : encoders()) {
            StubServer server;
            http::ClientSettings settings = server.settings();
            settings.decoding.bytes = 1000;
            http::Client client(settings);
            server.expect("GET", "http://h/")
                .times(4)
                .answer(encoded(encoder.encode(std::string(1001, 'a')), encoder.name));
            auto refused = co_await attempt(client.get("http://h/"));
            CHECK(contains(refused.failure().message(), "the body becomes larger than 1000 bytes as it is decoded"));
            auto asked_for = co_await client.get("http://h/").body_limit(1001);
            CHECK(asked_for.bytes().size() == 1001);
            auto too_large = co_await attempt(client.get("http://h/").body_limit(1000));
            CHECK(too_large.failure().check<http::TooLarge>());
            auto streamed = co_await client.get("http://h/").streamed();
            co_await streamed.read_all();
            CHECK(streamed.bytes().size() == 1001);
        }
    });
}

TEST_CASE("a part of something encoded is bounded as what it is") {
    run_test([]() -> Task<> {
        StubServer server;
        StubAnswer part = StubAnswer(206).header("content-encoding", "gzip").then(std::string(5000, 'x'));
        server.expect("GET", "http://h/").answer(std::move(part));
        http::Client client = server.client();
        auto outcome = co_await attempt(client.get("http://h/").body_limit(4999));
        CHECK(outcome.failure().check<http::TooLarge>());
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("a body that could not be decoded does not end well when it is read again") {
    if (!contains(http::accepted_codings(), "gzip")) return;
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(encoded("no gzip at all", "gzip"));
        http::Client client = server.client();
        auto answer = co_await client.get("http://h/").streamed();
        for (int time = 0; time < 2; ++time) {
            auto outcome = co_await attempt(answer.read());
            CHECK_FALSE(outcome);
        }
    });
}
