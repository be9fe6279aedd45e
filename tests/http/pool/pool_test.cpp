// The pool of a client: who gets a place, who waits and what for, and what becomes of connections that are given back.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/tls.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "support/run_test.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;
using http::Client;
using http::ClientSettings;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_SUITE("the pool") {
    TEST_CASE("who waits too long for a place is told who has them, and so is who looks at the tasks") {
        run_test([](Machine& machine) -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "http://a/slow").answer(StubAnswer(200).after(1min));
            server.expect("GET", "http://b/stream").answer(StubAnswer(200).then("x").pause(1h).then("y"));
            ClientSettings settings = server.settings();
            settings.connections = 2;
            Client client(settings);
            auto body = [&](TaskGroup& group) -> Task<> {
                auto hold = [&]() -> Task<> { co_await client.get("http://a/slow"); };
                group.spawn(hold());
                co_await sleep(1s);
                auto unread = co_await client.get("http://b/stream").streamed();
                auto look = [&]() -> Task<> {
                    co_await sleep(1s);
                    std::string tasks = TaskTree(machine.reactor()).text();
                    CHECK(contains(tasks, "a connection: all 2 that the client may have are in use: GET http://a/slow "
                                          "(reading the head), the unread answer to GET http://b/stream"));
                };
                group.spawn(look());
                auto start = machine.elapsed();
                auto late = co_await attempt(client.get("http://c/").pool_timeout(5s));
                CHECK(late.failure().message() ==
                      "GET http://c/ (waiting for a connection): all 2 that the client may have are in use: GET "
                      "http://a/slow (reading the head), the unread answer to GET http://b/stream timed out after 5 s");
                CHECK(machine.elapsed() - start == 5s);
                auto bounded = co_await attempt(timeout(2s, client.get("http://c/")));
                CHECK(contains(bounded.failure().message(), "all 2 that the client may have are in use"));
                group.cancel();
            };
            co_await with_task_group(body);
        });
    }

    TEST_CASE("who waits for a place at one host is told of that host's requests, four by name") {
        run_test([]() -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "http://a/held").any_times().answer(StubAnswer::silence());
            server.expect("GET", "http://b/held").any_times().answer(StubAnswer::silence());
            ClientSettings settings = server.settings();
            settings.connections_per_origin = 6;
            Client client(settings);
            auto body = [&](TaskGroup& group) -> Task<> {
                auto hold = [&](std::string url) -> Task<> { co_await client.get(url); };
                for (int i = 0; i < 6; ++i) {
                    group.spawn(hold("http://b/held"));
                    group.spawn(hold("http://a/held"));
                }
                co_await sleep(1s);
                auto late = co_await attempt(client.get("http://a/").pool_timeout(5s));
                std::string one = "GET http://a/held (reading the head)";
                CHECK(contains(late.failure().message(), "all 6 that one host may have are in use: " + one + ", " +
                                                             one + ", " + one + ", " + one + " and 2 more timed out"));
                group.cancel();
            };
            co_await with_task_group(body);
        });
    }

    TEST_CASE("requests to one host are served in their order, whoever is cancelled among them") {
        run_test([]() -> Task<> {
            StubServer server;
            ClientSettings settings = server.settings();
            settings.connections = 3;
            settings.connections_per_origin = 1;
            Client client(settings);
            for (int i : {0, 1, 3, 4, 6, 7})
                server.expect("GET", "http://a/" + std::to_string(i)).answer(StubAnswer(200).after(1s));
            auto ask = [&client](int number) -> Task<> {
                bool leaves = number == 2 || number == 5;
                auto request = client.get("http://a/" + std::to_string(number));
                auto outcome = co_await attempt(timeout(leaves ? 1500ms : 1h, std::move(request)));
                CHECK(outcome.has_value() == !leaves);
            };
            auto body = [&](TaskGroup& group) -> Task<> {
                for (int i = 0; i < 8; ++i) group.spawn(ask(i));
                co_return;
            };
            co_await with_task_group(body);
            server.verify();
            CHECK(server.connections_made() == 1);
        });
    }

    TEST_CASE("no more connections are idle than the limit has it, and the oldest goes") {
        run_test([]() -> Task<> {
            for (std::size_t limit : {0, 1, 2, 3}) {
                CAPTURE(limit);
                StubServer server(StubServer::Order::any);
                ClientSettings settings = server.settings();
                settings.idle_connections = limit;
                Client client(settings);
                for (std::string name : {"a", "b", "c"}) {
                    server.expect("GET", "http://" + name + "/").times(2);
                    co_await client.get("http://" + name + "/");
                    co_await sleep(1ms);
                }
                CHECK(client.idle_connections() == limit);
                CHECK(server.connections_open() == limit);
                for (std::string name : {"c", "b", "a"}) co_await client.get("http://" + name + "/");
                CHECK(server.connections_made() == 6 - limit);
            }
        });
    }
}

TEST_SUITE("bodies that are dropped") {
    TEST_CASE("a body that is dropped is drained by whoever comes next, up to the limit") {
        run_test([](Machine& machine) -> Task<> {
            for (bool chunked : {false, true}) {
                for (std::size_t rest : {999, 1000, 1001}) {
                    CAPTURE(chunked);
                    CAPTURE(rest);
                    StubServer server;
                    std::string head = chunked ? "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n"
                                               : "content-length: " + std::to_string(rest + 1) + "\r\n\r\nx";
                    std::string body(rest, 'x');
                    if (chunked)
                        body = "3e7\r\n" + body.substr(0, 999) + "\r\n" +
                               (rest > 999 ? std::to_string(rest - 999) + "\r\n" + body.substr(999) + "\r\n" : "") +
                               "0\r\n\r\n";
                    server.expect("GET", "http://h/stream")
                        .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\n" + head).pause(100ms).then(body));
                    server.expect("GET", "http://h/next").answer(200, "next");
                    ClientSettings settings = server.settings();
                    settings.drain_limit = 1000;
                    server.connect_after(200ms); // as long as the rest may take
                    Client client(settings);
                    {
                        auto dropped = co_await client.get("http://h/stream").streamed();
                        co_await dropped.read();
                    }
                    CHECK(client.connections() == (rest <= 1000 || chunked ? 1 : 0));
                    auto start = machine.elapsed();
                    auto next = co_await client.get("http://h/next");
                    CHECK(next.text() == "next");
                    CHECK(server.connections_made() == (rest <= 1000 ? 1 : 2));
                    if (rest <= 1000) CHECK(machine.elapsed() - start == 100ms);
                    server.verify();
                }
            }
        });
    }

    TEST_CASE("a body that has come already is drained at once, and its connection is as good as any") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(StubAnswer(200, std::string(1000, 'x')));
            server.expect("POST", "http://h/").answer(200);
            Client client = server.client();
            {
                auto dropped = co_await client.get("http://h/").streamed();
            }
            CHECK(client.idle_connections() == 1);
            co_await sleep(30s);
            CHECK(client.idle_connections() == 1); // it is not one that must be drained soon
            co_await client.post("http://h/").body("x");
            CHECK(server.connections_made() == 1);
        });
    }

    TEST_CASE("a dropped body that goes on for ever is not waited for, and the server learns of it soon") {
        run_test([](Machine& machine) -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "http://h/events")
                .any_times()
                .answer(StubAnswer(200).then("one").pause(1h).then("two"));
            server.expect("GET", "http://h/next").any_times().answer(200);
            Client client = server.client();
            {
                auto dropped = co_await client.get("http://h/events").streamed();
            }
            CHECK(server.connections_open() == 1);
            co_await sleep(1100ms);
            CHECK(server.connections_open() == 0);

            {
                auto dropped = co_await client.get("http://h/events").streamed();
            }
            auto start = machine.elapsed();
            co_await client.get("http://h/next");
            CHECK(machine.elapsed() - start == 10ms);
            CHECK(server.connections_made() == 3);
            CHECK(server.connections_open() == 1);
        });
    }

    TEST_CASE("who comes next waits for the rest of a dropped body no longer than for another connection") {
        sim::run([](sim::World& world) -> Task<> {
            // The body of /trickle never ends, that of /short does when its request has been there and back once more.
            auto talk = [](net::Stream stream) -> Task<> {
                for (;;) {
                    auto head = co_await stream.read_until("\r\n\r\n");
                    if (!head) co_return;
                    if (head->starts_with("GET /page ")) {
                        co_await stream.write_all("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npage");
                        continue;
                    }
                    co_await stream.write_all("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                    bool endless = head->starts_with("GET /trickle ");
                    for (int i = 0; endless || i < 2; ++i) {
                        co_await stream.write_all("1\r\nx\r\n");
                        co_await sleep(40ms);
                    }
                    co_await stream.write_all("0\r\n\r\n");
                }
            };
            world.host("far.test").latency(100ms).accept(80, talk);
            ClientSettings settings;
            settings.connections = 1;
            Client client(settings);
            co_await client.get("http://far.test/page"); // from here on the name is known
            auto start = world.elapsed();
            co_await client.get("http://far.test/page").header("connection", "close");
            Duration exchange = world.elapsed() - start;
            co_await client.get("http://far.test/page");
            for (std::string_view path : {"short", "trickle"}) {
                CAPTURE(path);
                {
                    auto dropped = co_await client.get("http://far.test/" + std::string(path)).streamed();
                }
                start = world.elapsed();
                co_await client.get("http://far.test/page");
                Duration took = world.elapsed() - start;
                // One exchange is a round trip, and so is a connection.
                Duration most = path == "short" ? exchange + 100ms : 3 * exchange;
                CHECK(took <= most + 10ms);
                CHECK(client.connections() == 1);
            }
        });
    }

    TEST_CASE("with a limit of none a dropped body closes its connection at once") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(StubAnswer(200, "short"));
            ClientSettings settings = server.settings();
            settings.drain_limit = 0;
            Client client(settings);
            {
                auto dropped = co_await client.get("http://h/").streamed();
            }
            CHECK(client.connections() == 0);
        });
    }
}

TEST_SUITE("connections that are used again") {
    TEST_CASE("a POST on a connection used a moment ago makes sure of it first; what cannot be repeated is not lost") {
        run_test([]() -> Task<> {
            for (std::string method : {"POST", "PATCH"}) {
                StubServer server;
                server.expect("GET", "http://h/").answer(StubAnswer(200, "first").then_close());
                server.expect(method, "http://h/").answer(200, "second");
                Client client = server.client();
                co_await client.get("http://h/");
                co_await sleep(1ms);
                auto posted = co_await client.request(method, "http://h/").body("x");
                CHECK(posted.text() == "second");
                CHECK(server.connections_made() == 2);
            }
        });
    }

    TEST_CASE("an idempotent request is sent once more, and not a third time") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(200);
            server.expect("PUT", "http://h/").times(2).answer(StubAnswer::raw("").then_close());
            Client client = server.client();
            co_await client.get("http://h/");
            auto outcome = co_await attempt(client.put("http://h/").body("x"));
            CHECK(contains(outcome.failure().message(), "reading the head"));
            server.verify();
            CHECK(client.connections() == 0);
        });
    }

    TEST_CASE("a request of which the server answered a byte is not sent again") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(200);
            server.expect("GET", "http://h/").answer(StubAnswer::raw("H").then_close());
            Client client = server.client();
            co_await client.get("http://h/");
            auto outcome = co_await attempt(client.get("http://h/"));
            CHECK(!outcome);
            server.verify();
        });
    }
}

namespace {

Task<http::Response> page(http::Request&) { co_return http::Response(200, "page"); }

// A request is cancelled 1 s after it began, in the phase that it is in then; its place is free at once.
Task<> check_that_cancelling_frees(sim::World& world, std::string phase, std::string seen) {
    CAPTURE(phase);
    world.host("good.test").serve(80, page);
    // It takes connections, and no more of what they bring than the system takes by itself.
    auto silent = [](net::Stream) -> Task<> { co_await sleep(1h); };
    world.host("silent.test").accept(80, silent).accept(443, silent);
    auto halting = [](net::Stream stream) -> Task<> {
        co_await stream.read_until("\r\n\r\n");
        co_await stream.write_all("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx");
        co_await sleep(1h);
    };
    world.host("halting.test").accept(80, halting);
    world.host("lost.test").serve(80, page).partition();
    world.host("nameless.test").serve(80, page).lookup_hangs();

    ClientSettings settings;
    settings.connections = 1;
    settings.drain_timeout = 1h;
    Client client(settings);
    auto ask = [&]() -> Task<> {
        if (phase == "name") co_await client.get("http://nameless.test/");
        if (phase == "connect") co_await client.get("http://lost.test/");
        if (phase == "tls") co_await client.get("https://silent.test/");
        if (phase == "send") co_await client.post("http://silent.test/").body(std::string(1 << 20, 'x'));
        if (phase == "head") co_await client.get("http://silent.test/");
        if (phase == "body") co_await client.get("http://halting.test/");
        if (phase == "streamed") {
            auto response = co_await client.get("http://halting.test/").streamed();
            co_await response.read_all();
        }
        if (phase == "draining") co_await client.get("http://halting.test/");
    };
    if (phase == "draining") { // which takes as long as connecting did
        world.host("halting.test").latency(2s);
        {
            auto dropped = co_await client.get("http://halting.test/").streamed();
        }
        CHECK(client.idle_connections() == 1);
    }
    if (phase == "queued") {
        auto held = co_await client.get("http://halting.test/").streamed();
        auto outcome = co_await attempt(timeout(1s, client.get("http://good.test/")));
        CHECK(contains(outcome.failure().message(), seen));
    } else {
        auto outcome = co_await attempt(timeout(1s, ask()));
        CAPTURE(outcome.failure().message());
        CHECK(outcome.failure().check<TimeoutError>());
        CHECK(contains(outcome.failure().message(), seen));
        CHECK(client.connections() == 0);
    }
    auto good = co_await timeout(1s, client.get("http://good.test/"));
    CHECK(good.text() == "page");
}

} // namespace

TEST_CASE("a request that is cancelled gives its place back, whatever phase it is in") {
    struct Row {
        std::string phase;
        std::string seen;
    };
    std::vector<Row> rows{{"queued", "waiting for a connection"}, {"name", "look up nameless.test"},
                          {"connect", "connect to lost.test:80"}, {"send", "sending the request"},
                          {"head", "reading the head"},           {"body", "reading the body"},
                          {"streamed", "reading the body"},       {"draining", "waiting for a connection"}};
    if (net::tls_available()) rows.push_back({"tls", "TLS handshake with silent.test"});
    for (const Row& row : rows)
        sim::run(
            [&row](sim::World& world) -> Task<> { co_await check_that_cancelling_frees(world, row.phase, row.seen); });
}
