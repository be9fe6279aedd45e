#include <corduroy/testing/stub_server.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/run.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <string>

namespace corduroy::testing {

namespace {

using namespace std::chrono_literals;

TEST_SUITE("the stub server") {
    TEST_CASE("a whole client runs against its table, on the real ring as in the simulation") {
        auto body = []() -> Task<> {
            StubServer shop;
            shop.expect("GET", "http://shop.test/items?n=2").answer(200, "[1, 2]", "application/json");
            shop.expect("POST", "https://shop.test/orders").body("two").header("x-key", "k").answer(201);
            http::Client client = shop.client();
            auto items = co_await client.get("http://shop.test/items?n=2");
            CHECK(items.bytes() == "[1, 2]");
            CHECK(items.headers().get("content-type") == "application/json");
            auto made = co_await client.post("https://shop.test/orders").header("x-key", "k").body("two");
            CHECK(made.status() == 201);
            shop.verify();
            CHECK(shop.requests().size() == 2);
            CHECK(shop.connections_made() == 2);
        };
        SUBCASE("simulated") { sim::run(body); }
        SUBCASE("on the ring") { run(body()); }
    }

    TEST_CASE("what came unasked is answered 500 and told with how it differs, what is missing is told too") {
        sim::run([]() -> Task<> {
            StubServer shop;
            shop.expect("PUT", "http://shop.test/a").body("x").header("accept", "text/html").times(2);
            http::Client client = shop.client();
            auto wrong = co_await client.put("http://shop.test/b").body("y");
            CHECK(wrong.status() == 500);
            std::string unasked = "came unasked: PUT http://shop.test/b\n"
                                  "    it is not PUT http://shop.test/a: the URL is http://shop.test/b, not "
                                  "http://shop.test/a; the header accept is \"*/*\", not \"text/html\"; the body is "
                                  "\"y\", not \"x\"\n";
            CHECK(wrong.bytes() == unasked);
            CHECK(shop.report() == unasked + "missing: PUT http://shop.test/a (came 0 times of 2)\n");
            CHECK_THROWS_AS(shop.verify(), StubMismatch);
        });
    }

    TEST_CASE("a handler answers what the table does not have, several connections at a time") {
        auto body = []() -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "http://h/row").any_times().answer(200, "row");
            auto handler = [](http::Request& request) -> Task<http::Response> {
                if (request.path() == "/slow") co_await sleep(1s);
                if (request.path() == "/gone") throw http::StatusError({}, 410, "", "no more");
                co_return http::Response(200, request.method() + " " + request.target() + " [" + request.bytes() + "]");
            };
            server.handle(handler);
            http::Client client = server.client();
            auto row = co_await client.get("http://h/row");
            CHECK(row.bytes() == "row");
            auto both = co_await gather(client.get("http://h/slow?x"), client.put("http://h/put").body("text"));
            CHECK(std::get<0>(both).bytes() == "GET /slow?x []");
            CHECK(std::get<1>(both).bytes() == "PUT /put [text]");
            auto gone = co_await client.get("http://h/gone");
            CHECK(gone.status() == 410);
            CHECK(gone.bytes() == "no more");
            auto head = co_await client.head("http://h/x");
            CHECK(head.headers().get("content-length") == "10");
            server.verify();
            CHECK(server.requests().size() == 5);
        };
        SUBCASE("simulated") { sim::run(body); }
        SUBCASE("on the ring") { run(body()); }
    }

    TEST_CASE("a handler that fails is answered for with 500 and reported; one whose client goes away is cancelled") {
        sim::run([](sim::World& world) -> Task<> {
            int reports = 0;
            world.reactor().on_unhandled([&](const Failure&, std::string_view context) {
                CHECK(context == "the handler of a StubServer");
                ++reports;
            });
            std::string ended;
            StubServer server;
            auto handler = [&](http::Request& request) -> Task<http::Response> {
                if (request.path() == "/throw") throw Error("no");
                try {
                    co_await sleep(1h);
                } catch (...) {
                    ended = Failure::current().message();
                    throw;
                }
                co_return http::Response(200);
            };
            server.handle(handler);
            http::Client client = server.client();
            auto failed = co_await client.get("http://h/throw");
            CHECK(failed.status() == 500);
            CHECK(reports == 1);
            auto late = co_await attempt(client.get("http://h/wait").timeout(1s));
            CHECK(late.failure().check<TimeoutError>());
            co_await sleep(1s);
            CHECK(ended.find("cancelled") != std::string::npos);
            CHECK(world.elapsed() == 2s);
            CHECK(reports == 1);
        });
    }

    TEST_CASE("rows are met in order, or as they match") {
        sim::run([]() -> Task<> {
            for (auto order : {StubServer::Order::strict, StubServer::Order::any}) {
                StubServer server(order);
                server.expect("GET", "http://h/1");
                server.expect("GET", "http://h/2");
                server.expect("GET", "http://h/often").any_times();
                http::Client client = server.client();
                auto second = co_await client.get("http://h/2");
                CHECK(second.status() == (order == StubServer::Order::any ? 200 : 500));
                auto first = co_await client.get("http://h/1");
                CHECK(first.status() == 200);
                CHECK(server.report().empty() == (order == StubServer::Order::any));
            }
        });
    }

    TEST_CASE("an answer comes late, in pieces, and ends as it was told") {
        sim::run([](sim::World& world) -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/late").answer(StubAnswer(200, "a").after(3s).then("b").pause(2s).then("c"));
            server.expect("GET", "http://h/cut")
                .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n12").then_reset());
            server.expect("GET", "http://h/shut")
                .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n12").then_close());
            server.expect("GET", "http://h/mute").answer(StubAnswer::silence());
            // More than the client takes at once.
            std::string large(300'000, 'l');
            server.expect("GET", "http://h/large")
                .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\n\r\n" + large).then_close());
            http::Client client = server.client();
            auto late = co_await client.get("http://h/late");
            CHECK(late.bytes() == "abc");
            CHECK(world.elapsed() == 5s);
            auto cut = co_await attempt(client.get("http://h/cut"));
            CHECK(cut.failure().message().find("Connection reset by peer") != std::string::npos);
            auto shut = co_await attempt(client.get("http://h/shut"));
            CHECK(shut.failure().check<http::ProtocolError>());
            auto mute = co_await attempt(client.get("http://h/mute"));
            CHECK(mute.failure().check<TimeoutError>());
            auto all = co_await client.get("http://h/large");
            CHECK((all.bytes() == large));
            server.verify();
        });
    }

    TEST_CASE("a client that outlives its server finds its connections closed") {
        sim::run([]() -> Task<> {
            auto server = std::make_unique<StubServer>();
            server->expect("GET", "http://h/");
            http::Client client = server->client();
            auto answer = co_await client.get("http://h/");
            CHECK(answer.status() == 200);
            CHECK(server->connections_open() == 1);
            server.reset();
            auto gone = co_await attempt(client.get("http://h/"));
            CHECK(gone.failure().message() ==
                  "GET http://h/ failed while connecting: connect to h:80 failed: Connection refused");
        });
    }

    TEST_CASE("a client that is cancelled in a pause takes the rest of the answer along") {
        sim::run([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(StubAnswer(200, "x").after(1h));
            http::Client client = server.client();
            auto late = co_await attempt(client.get("http://h/").timeout(1s));
            CHECK(late.failure().check<TimeoutError>());
            CHECK(server.connections_open() == 0);
            CHECK(client.connections() == 0);
        });
    }
}

} // namespace

} // namespace corduroy::testing
