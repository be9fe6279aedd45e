// What is sent again, and when; the bounds of a request's phases; and the rate that a host is asked at.

#include <corduroy/http/retry/retry_after.hpp>
#include <corduroy/http/retry/retry_policy.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/net/tls.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "http/content/codings.hpp"
#include "http/http_date.hpp"

#include <cerrno>
#include <chrono>
#include <doctest/doctest.h>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;
using http::Client;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string::npos; }

const http::RetryPolicy steady = http::RetryPolicy().jitter(0);

} // namespace

TEST_CASE("Retry-After is seconds or a date in one of three forms") {
    // 1994-11-06 08:49:07
    auto now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 7s;
    struct Row {
        const char* text;
        std::optional<Duration> delay;
    };
    const std::chrono::seconds very_long(1'000'000'000);
    for (const Row& row : std::vector<Row>{{"0", 0s},
                                           {"120", 120s},
                                           {"99999999999999999999", very_long},
                                           {"Sun, 06 Nov 1994 08:49:37 GMT", 30s},
                                           {"Sunday, 06-Nov-94 08:49:37 GMT", 30s},
                                           {"Sun Nov  6 08:49:37 1994", 30s},
                                           {"Sun, 06 Nov 1994 08:49:06 GMT", 0s},
                                           {"Mon, 01 Jan 1601 00:00:00 GMT", 0s},
                                           {"Sun, 06 Nov 2094 08:49:06 GMT", very_long},
                                           {"", std::nullopt},
                                           {"-1", std::nullopt},
                                           {"1.5", std::nullopt},
                                           {"soon", std::nullopt},
                                           {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
                                           {"Sun, 06 Nov 1994 24:49:37 GMT", std::nullopt},
                                           {"Sun, 06 Nov 1994", std::nullopt}}) {
        CAPTURE(row.text);
        CHECK(http::parse_retry_after(row.text, now) == row.delay);
    }
}

TEST_CASE("a date in Retry-After is waited for, however long the turn takes in which it comes") {
    sim::run([](sim::World& world) -> Task<> {
        kernel::Kernel& kernel = Reactor::current().kernel();
        auto date = std::chrono::floor<std::chrono::seconds>(kernel.wall_clock()) + 5s;
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(503).header("retry-after", http::http_date(date)));
        server.expect("GET", "http://h/").answer(200);
        std::chrono::system_clock::time_point asked;
        auto busy = [&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::sent) asked = kernel.wall_clock();
            if (event.step == http::TraceStep::first_byte) world.spend(300ms);
        };
        Client client = server.client().retry(steady);
        auto answer = co_await client.get("http://h/").trace(busy);
        CHECK(answer.status() == 200);
        CHECK(asked >= date);
        CHECK(asked < date + 10ms);
    });
}

TEST_CASE("a request is sent again where no connection could be made, whatever its method, as often as it is said") {
    sim::run([](sim::World& world) -> Task<> {
        for (std::size_t failures : {1, 2, 3}) {
            StubServer server;
            server.refuse(failures);
            if (failures < 3) server.expect("POST", "http://h/").body("x");
            Client client = server.client().retry(steady);
            auto start = world.elapsed();
            auto outcome = co_await attempt(client.post("http://h/").body("x"));
            CHECK(outcome.has_value() == (failures < 3));
            CHECK(world.elapsed() - start == (failures == 1 ? 100ms : 300ms));
            server.verify();
        }
    });
}

TEST_CASE(
    "an answer that asks for it, or none, has an idempotent request sent again, and a POST only where asked for") {
    sim::run([](sim::World& world) -> Task<> {
        for (std::string method : {"GET", "PUT", "DELETE", "POST", "PATCH"}) {
            for (bool broken : {false, true}) {
                CAPTURE(method);
                CAPTURE(broken);
                bool again = method != "PATCH"; // POST is asked for
                StubServer server;
                auto& first = server.expect(method, "http://h/");
                if (broken)
                    first.answer(StubAnswer::raw("HTTP/1.1 2").then_close());
                else
                    first.answer(StubAnswer(503).header("retry-after", "7"));
                if (again) server.expect(method, "http://h/").answer(200);
                Client client = server.client().retry(steady.also("POST"));
                auto start = world.elapsed();
                auto outcome = co_await attempt(client.request(method, "http://h/"));
                CHECK(outcome.has_value() == (again || !broken));
                if (outcome) CHECK(outcome->status() == (again ? 200 : 503));
                CHECK(world.elapsed() - start == (!again ? 0ms : broken ? 100ms : 7000ms));
                server.verify();
            }
        }
    });
}

TEST_CASE("a Retry-After beyond the bound has the answer given, and the bound for the whole holds over all") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server(StubServer::Order::any);
        server.expect("GET", "http://h/61").any_times().answer(StubAnswer(429).header("retry-after", "61"));
        server.expect("GET", "http://h/60").any_times().answer(StubAnswer(429).header("retry-after", "60"));
        Client client = server.client().retry(steady);
        auto given = co_await client.get("http://h/61");
        CHECK(given.status() == 429);
        CHECK(world.elapsed() == 0s);
        auto last = co_await client.get("http://h/60");
        CHECK(last.status() == 429);
        CHECK(world.elapsed() == 120s);
        auto bounded = co_await attempt(client.get("http://h/60").timeout(90s));
        CHECK(bounded.failure().check<TimeoutError>());
        CHECK(world.elapsed() == 210s);
    });
}

TEST_CASE("a request that waits to be sent again, or for its turn, can be cancelled, and holds no connection") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server(StubServer::Order::any);
        server.expect("GET", "http://h/").any_times().answer(StubAnswer(503).header("retry-after", "50"));
        Client patient = server.client().retry(steady);
        auto waiting = patient.get("http://h/").streamed();
        auto outcome = co_await attempt(timeout(5s, std::move(waiting)));
        CHECK(outcome.failure().check<TimeoutError>());
        CHECK(outcome.failure().message() ==
              "GET http://h/ (waiting to be sent again, for the server answered 503) timed out after 5 s");
        CHECK(patient.connections() == patient.idle_connections());
        CHECK(world.elapsed() == 5s);

        Client slow = server.client().rate_limit(1, 1min);
        co_await slow.get("http://h/");
        auto behind = slow.get("http://h/");
        auto late = co_await attempt(timeout(5s, std::move(behind)));
        CHECK(late.failure().check<TimeoutError>());
        CHECK(late.failure().message() ==
              "GET http://h/ (waiting for its turn at the host's rate) timed out after 5 s");
        CHECK(world.elapsed() == 10s);
        co_await slow.get("http://h/"); // the one that left is not counted
        CHECK(world.elapsed() == 1min + 5s);

        server.refuse(1);
        Client unlucky = server.client().retry(steady.backoff(1min, 1, 1min));
        auto refused = co_await attempt(unlucky.post("http://other/").timeout(5s));
        CHECK(refused.failure().message() == "POST http://other/ (waiting to be sent again, for connect to other:80 "
                                             "failed: Connection refused) timed out after 5 s");
    });
}

TEST_CASE("a body that can be given once is not sent again, and one that can be made again is") {
    sim::run([]() -> Task<> {
        auto pieces = []() -> AsyncGenerator<std::string> { co_yield "abc"; };
        for (bool again : {false, true}) {
            CAPTURE(again);
            StubServer server;
            server.expect("PUT", "http://h/").body("abc").answer(503);
            if (again) server.expect("PUT", "http://h/").body("abc").answer(200);
            Client client = server.client().retry(steady);
            auto request = again ? client.put("http://h/").body(pieces) : client.put("http://h/").body(pieces());
            auto answer = co_await std::move(request);
            CHECK(answer.status() == (again ? 200 : 503));
            server.verify();
        }
    });
}

TEST_CASE("a request that is sent again takes the cookies along that the answer before has set") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").no_header("cookie").answer(StubAnswer(503).header("set-cookie", "a=1"));
        server.expect("GET", "http://h/").header("cookie", "a=1").answer(200);
        Client client = server.client().retry(steady);
        auto answer = co_await client.get("http://h/");
        CHECK(answer.status() == 200);
        server.verify();
    });
}

TEST_CASE("a request that is sent again counts its nonce of digest authentication on") {
    if (!net::tls_available()) return; // there is no digest without OpenSSL either
    sim::run([]() -> Task<> {
        StubServer server;
        auto refuse = StubAnswer(401).header("www-authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
        server.expect("GET", "http://h/").answer(refuse);
        server.expect("GET", "http://h/").answer(503);
        server.expect("GET", "http://h/").answer(200);
        Client client = server.client().retry(steady).auth_digest("me", "secret");
        auto answer = co_await client.get("http://h/");
        CHECK(answer.status() == 200);
        server.verify();
        const auto& all = server.requests();
        CHECK(contains(std::string(all[1].headers.get("authorization").value_or("")), "nc=00000001"));
        CHECK(contains(std::string(all[2].headers.get("authorization").value_or("")), "nc=00000002"));
    });
}

TEST_CASE("without a policy nothing is sent again") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(503).header("retry-after", "1"));
        Client client = server.client();
        auto answer = co_await client.get("http://h/");
        CHECK(answer.status() == 503);
        server.verify();
    });
}

TEST_CASE("each request has bounds of its own where it wants, and the error names the phase") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server(StubServer::Order::any);
        server.expect("GET", "http://h/head").any_times().answer(StubAnswer::silence());
        server.expect("GET", "http://h/body").any_times().answer(StubAnswer(200).then("a").then_silence());
        Client client = server.client();
        auto head = co_await attempt(client.get("http://h/head").head_timeout(3s));
        CHECK(contains(head.failure().message(), "GET http://h/head (reading the head)"));
        CHECK(world.elapsed() == 3s);
        auto body = co_await attempt(client.get("http://h/body").silence_timeout(4s));
        CHECK(contains(body.failure().message(), "GET http://h/body (reading the body)"));
        CHECK(world.elapsed() == 7s);
        auto streamed = co_await client.get("http://h/body").silence_timeout(5s).streamed();
        co_await streamed.read();
        auto silent = co_await attempt(streamed.read());
        CHECK(contains(silent.failure().message(), "GET http://h/body (reading the body)"));
        CHECK(world.elapsed() == 12s);
        server.connect_after(20s);
        auto connecting = co_await attempt(client.get("http://other/").connect_timeout(6s));
        CHECK(contains(connecting.failure().message(), "GET http://other/ (connecting)"));
        CHECK(world.elapsed() == 18s);
    });
}

TEST_CASE("a host is asked no faster than the client's rate has it, each by itself") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server(StubServer::Order::any);
        for (std::string name : {"a", "b"}) server.expect("GET", "http://" + name + "/").any_times();
        Client client = server.client().rate_limit(2, 1s);
        std::vector<http::RequestBuilder> requests;
        for (int i = 0; i < 6; ++i)
            for (std::string name : {"a", "b"}) requests.push_back(client.get("http://" + name + "/"));
        co_await gather(std::move(requests));
        CHECK(world.elapsed() == 2s);
    });
}

TEST_CASE("what a redirect's answer sets is not taken for what its target, which failed, has set") {
    sim::run([](sim::World&) -> Task<> {
        StubServer server;
        server.expect("GET", "http://a/")
            .answer(StubAnswer(302).header("location", "http://b/").header("set-cookie", "sid=of-a"));
        server.expect("GET", "http://b/").no_header("cookie").answer(StubAnswer::raw("").then_close());
        server.expect("GET", "http://b/").no_header("cookie").answer(200);
        http::Client client = server.client();
        auto answer = co_await client.get("http://a/").retry(http::RetryPolicy());
        CHECK(answer.status() == 200);
        server.verify();
    });
}

TEST_CASE("a body that breaks off is had again where it was encoded, too") {
    if (!contains(http::accepted_codings(), "gzip")) return;
    sim::run([](sim::World&) -> Task<> {
        StubServer server;
        const std::string head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n";
        server.expect("GET", "http://h/").answer(StubAnswer::raw(head + "half").then_close());
        server.expect("GET", "http://h/").answer(200, "whole");
        http::Client client = server.client();
        auto answer = co_await client.get("http://h/").retry(http::RetryPolicy());
        CHECK(answer.bytes() == "whole");
        CHECK(answer.timings().done >= answer.timings().begun);
        server.verify();
    });
}

TEST_CASE("a request that may be sent again and is cancelled while its answer is decoded holds no connection") {
    if (!contains(http::accepted_codings(), "gzip")) return;
    sim::run([](sim::World&) -> Task<> {
        StubServer server;
        const std::string head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n";
        server.expect("GET", "http://h/").answer(StubAnswer::raw(head + "\x1f\x8b").then_silence());
        Client client = server.client();
        auto outcome = co_await attempt(timeout(1s, client.get("http://h/").retry(http::RetryPolicy())));
        CHECK(outcome.failure().check<TimeoutError>());
        CHECK(client.connections() == 0);
        server.verify();
    });
}

TEST_CASE("a connection that takes too long is tried again, whatever the method; a place in the pool is not") {
    sim::run([](sim::World& world) -> Task<> {
        StubServer server;
        server.connect_after(20s);
        http::ClientSettings settings = server.settings();
        settings.connections = 1;
        Client client(settings);
        auto policy = http::RetryPolicy().jitter(0);
        auto late = co_await attempt(client.post("http://h/").body("x").connect_timeout(1s).retry(policy));
        auto* timeout = late.failure().as<http::PhaseTimeout>();
        REQUIRE(timeout != nullptr);
        CHECK(timeout->of() == http::Phase::connect);
        CHECK(world.elapsed() == 3s + 300ms);

        auto connecting = [&]() -> Task<> {
            auto outcome = co_await attempt(client.get("http://h/").connect_timeout(10s));
            CHECK_FALSE(outcome);
        };
        auto waiting = [&]() -> Task<> {
            auto outcome = co_await attempt(client.get("http://h/").pool_timeout(1s).retry(policy));
            CHECK(outcome.failure().check<http::PhaseTimeout>());
            CHECK(world.elapsed() == 4s + 300ms);
        };
        co_await gather(connecting(), waiting());
    });
}

TEST_CASE("a bound that is the longest there is is none") {
    sim::run([](sim::World&) -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").any_times().answer(StubAnswer(200).after(1h).then("a").pause(1h).then("b"));
        http::ClientSettings settings = server.settings();
        settings.connect_timeout = settings.head_timeout = settings.silence_timeout = Duration::max();
        settings.idle_timeout = Duration::max();
        Client client(settings);
        auto answer = co_await client.get("http://h/").timeout(Duration::max());
        CHECK(answer.bytes() == "ab");
        CHECK(client.connections() == 1);
        auto streamed = co_await client.get("http://h/").timeout(Duration::max()).streamed();
        co_await streamed.read_all();
        CHECK(streamed.bytes() == "ab");
        auto sent = co_await client.get("http://h/").body("x").expect_continue(Duration::max());
        CHECK(sent.bytes() == "ab");
    });
}

TEST_CASE("a TLS handshake that the peer breaks off is tried again, whatever the method; one that goes wrong is not") {
    if (!net::tls_available()) return;
    sim::run([](sim::World& world) -> Task<> {
        std::size_t made = 0;
        auto closing = [&made](net::Stream stream) -> Task<> {
            ++made;
            co_await stream.receive();
        };
        auto resetting = [&made](net::Stream stream) -> Task<> {
            ++made;
            co_await stream.receive();
            co_await stream.write_all("\x16\x03\x03"); // of a record, which the host breaks off
        };
        auto speaking = [&made](net::Stream stream) -> Task<> {
            ++made;
            co_await stream.receive();
            co_await stream.write_all("HTTP/1.1 400 Bad Request\r\n\r\n");
            co_await stream.shutdown();
        };
        world.host("closing.test").accept(443, closing);
        world.host("resetting.test").reset_after(2).accept(443, resetting);
        world.host("speaking.test").accept(443, speaking);
        Client client = Client().retry(steady);
        struct Row {
            std::string url;
            std::size_t attempts;
            std::string reason;
        };
        for (const Row& row :
             std::vector<Row>{{"https://closing.test/", 3, "the peer closed the connection during the handshake"},
                              {"https://resetting.test/", 3, "the peer closed the connection during the handshake"},
                              {"https://speaking.test/", 1, "what the peer sent is not TLS"}}) {
            CAPTURE(row.url);
            made = 0;
            auto outcome = co_await attempt(client.post(row.url).body("x"));
            auto* error = outcome.failure().as<http::Error>();
            REQUIRE(error != nullptr);
            CAPTURE(outcome.failure().message());
            CHECK(error->phase() == http::Phase::tls);
            CHECK(contains(outcome.failure().message(), row.reason));
            CHECK(made == row.attempts);
        }
    });
}

TEST_CASE("a proxy's certificate that is refused is not tried again, and a handshake that it broke off is") {
    auto tried_again = [](std::exception_ptr cause) {
        http::ProxyError error({"GET", "http://h/", http::Phase::tls}, "https://proxy.test", "why", std::move(cause));
        return steady.after(1, "GET", Failure(std::make_exception_ptr(error)), 0).has_value();
    };
    CHECK_FALSE(tried_again(std::make_exception_ptr(TlsError("the certificate expired on 2024-01-02"))));
    CHECK(tried_again(std::make_exception_ptr(TlsClosed("the peer closed the connection"))));
    CHECK(tried_again(std::make_exception_ptr(IoError("connect to proxy.test:443", ECONNREFUSED))));
    CHECK(tried_again(nullptr));
}
