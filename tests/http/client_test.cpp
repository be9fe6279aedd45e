#include <corduroy/http/client.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "support/run_test.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace corduroy::http {

namespace {

using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_SUITE("the client") {
    TEST_CASE("a kept-alive connection bears the next request; one that says close does not") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/1").answer(200, "a");
            server.expect("GET", "http://h/2").answer(StubAnswer(200, "b").header("connection", "close").then_close());
            server.expect("GET", "http://h/3").answer(200, "c");
            Client client = server.client();
            for (std::string path : {"1", "2", "3"}) {
                auto response = co_await client.get("http://h/" + path);
                CHECK(response.status() == 200);
            }
            CHECK(server.connections_made() == 2);
            CHECK(client.idle_connections() == 1);
            server.verify();
        });
    }

    TEST_CASE("an idempotent request on a connection that was closed meanwhile is sent once more, POST is not") {
        std::string told;
        run_test([&]() -> Task<> {
            Reactor::current().on_log(LogLevel::debug, [&told](const LogRecord& record) {
                if (record.topic == "http") told += std::string(record.text) + "\n";
            });
            for (bool idempotent : {true, false}) {
                CAPTURE(idempotent);
                std::string method = idempotent ? "GET" : "POST";
                StubServer server;
                server.expect("GET", "http://h/").answer(200, "first");
                // The connection breaks while the request is on its way.
                server.expect(method, "http://h/").answer(StubAnswer::raw("").then_close());
                if (idempotent) server.expect("GET", "http://h/").answer(200, "second");
                Client client = server.client();
                told.clear();
                co_await client.get("http://h/");
                auto again = co_await attempt(client.request(method, "http://h/"));
                CHECK(again.has_value() == idempotent);
                CHECK(contains(told, "GET http://h/: 200\n"));
                CHECK(contains(told, "GET http://h/: again on a new connection, ") == idempotent);
                CHECK(contains(told, "POST http://h/ failed ") == !idempotent);
                CHECK(server.connections_made() == (idempotent ? 2 : 1));
                CHECK(client.connections() == (idempotent ? 1 : 0));
                server.verify();
            }
        });
    }

    TEST_CASE("a connection that was closed while it was idle is noticed before it is used, for POST as well") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").answer(StubAnswer(200, "first").pause(100ms).then_close());
            server.expect("POST", "http://h/").body("x").answer(200);
            Client client = server.client();
            co_await client.get("http://h/");
            co_await sleep(1s);
            auto posted = co_await client.post("http://h/").body("x");
            CHECK(posted.status() == 200);
            CHECK(server.connections_made() == 2);
        });
    }

    TEST_CASE("an idle connection is closed when its time is over, not before") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/");
            Client client = server.client();
            co_await client.get("http://h/");
            co_await sleep(59s);
            CHECK(server.connections_open() == 1);
            co_await sleep(2s);
            CHECK(server.connections_open() == 0);
            CHECK(client.connections() == 0);
        });
    }

    TEST_CASE("where the pool is full requests wait, and are served in the order in which they came") {
        run_test([]() -> Task<> {
            StubServer server;
            for (int i = 0; i < 4; ++i)
                server.expect("GET", "http://h/" + std::to_string(i)).answer(StubAnswer(200).after(1s));
            ClientSettings settings = server.settings();
            settings.connections = 1;
            Client client(settings);
            std::vector<RequestBuilder> waiting;
            for (int i = 0; i < 4; ++i) waiting.push_back(client.get("http://h/" + std::to_string(i)));
            co_await gather(std::move(waiting));
            CHECK(server.connections_made() == 1);
            server.verify(); // strict: in their order
        });
    }

    TEST_CASE("the limit of connections to one origin does not hold up another origin") {
        run_test([](Machine& machine) -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "http://slow/").times(2).answer(StubAnswer(200).after(1s));
            server.expect("GET", "http://quick/");
            ClientSettings settings = server.settings();
            settings.connections_per_origin = 1;
            Client client(settings);
            auto quick = [&]() -> Task<> {
                co_await client.get("http://quick/");
                CHECK(machine.elapsed() == 0s);
            };
            auto one = client.get("http://slow/");
            auto two = client.get("http://slow/");
            auto other = quick();
            co_await gather(std::move(one), std::move(two), std::move(other));
            CHECK(machine.elapsed() == 2s);
            CHECK(server.connections_made() == 2);
        });
    }

    TEST_CASE("each phase has its bound, and the error names the phase") {
        run_test([](Machine& machine) -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/head").answer(StubAnswer::silence());
            server.expect("GET", "http://h/body").answer(StubAnswer(200, "a").then_silence());
            server.expect("GET", "http://h/total")
                .answer(StubAnswer(200).then("a").pause(40s).then("b").pause(40s).then("c"));
            Client client = server.client();
            auto start = machine.elapsed();
            auto head = co_await attempt(client.get("http://h/head"));
            CHECK(contains(head.failure().message(), "GET http://h/head (reading the head)"));
            CHECK(machine.elapsed() - start == 60s);

            start = machine.elapsed();
            auto body = co_await attempt(client.get("http://h/body").timeout(90s));
            // The answer had a length and all of its body: silence behind it harms nobody.
            CHECK(body.has_value());
            CHECK(machine.elapsed() == start);

            start = machine.elapsed();
            auto total = co_await attempt(client.get("http://h/total").timeout(50s));
            CHECK(total.failure().check<TimeoutError>());
            CHECK(machine.elapsed() - start == 50s);

            server.connect_after(31s);
            start = machine.elapsed();
            auto connecting = co_await attempt(client.get("http://other/"));
            CHECK(contains(connecting.failure().message(), "GET http://other/ (connecting)"));
            CHECK(machine.elapsed() - start == 30s);
        });
    }

    TEST_CASE("a body may be silent for less than its bound again and again") {
        run_test([](Machine& machine) -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/")
                .answer(StubAnswer(200).then("a").pause(59s).then("b").pause(59s).then("c"));
            server.expect("GET", "http://h/").answer(StubAnswer(200).then("a").pause(61s).then("b"));
            Client client = server.client();
            auto slow = co_await client.get("http://h/");
            CHECK(slow.bytes() == "abc");
            CHECK(machine.elapsed() == 118s);
            auto silent = co_await attempt(client.get("http://h/"));
            CHECK(contains(silent.failure().message(), "(reading the body)"));
            CHECK(machine.elapsed() == 178s);
        });
    }

    TEST_CASE("the bound of a body holds to the byte, with a length and in chunks") {
        run_test([]() -> Task<> {
            for (bool chunked : {false, true}) {
                for (std::size_t size : {9, 10, 11}) {
                    CAPTURE(chunked);
                    CAPTURE(size);
                    StubServer server;
                    std::string text(size, 'x');
                    server.expect("GET", "http://h/")
                        .answer(chunked ? StubAnswer(200).then(text) : StubAnswer(200, text));
                    Client client = server.client();
                    auto answer = co_await attempt(client.get("http://h/").body_limit(10));
                    CHECK(answer.has_value() == (size <= 10));
                    if (!answer) CHECK(answer.failure().check<TooLarge>());
                    CHECK(client.connections() == (size <= 10 ? 1 : 0));
                }
            }
        });
    }

    TEST_CASE("a streamed body comes piece by piece and gives its connection back at the end") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").times(2).answer(StubAnswer(200).then("one").pause(1s).then("two"));
            Client client = server.client();
            {
                auto response = co_await client.get("http://h/").streamed();
                std::string_view first = co_await response.read();
                CHECK(first == "one");
                CHECK(client.idle_connections() == 0);
                std::string_view second = co_await response.read();
                CHECK(second == "two");
                std::string_view end = co_await response.read();
                CHECK(end.empty());
                CHECK(client.idle_connections() == 1);
            }
            auto dropped = co_await attempt(client.get("http://h/").streamed());
            CHECK(client.idle_connections() == 0);
            dropped = Failure(std::make_exception_ptr(Error({}, "dropped")));
            CHECK(client.idle_connections() == 1);
        });
    }

    TEST_CASE("a request that is cancelled in whatever phase returns its place") {
        run_test([]() -> Task<> {
            for (std::string phase : {"waiting", "connecting", "head", "body", "streamed"}) {
                CAPTURE(phase);
                StubServer server(StubServer::Order::any);
                server.expect("GET", "http://h/held").any_times().answer(StubAnswer(200).after(5s));
                server.expect("GET", "http://h/body").any_times().answer(StubAnswer(200).then("a").pause(1h).then("b"));
                server.expect("GET", "http://h/").answer(200);
                ClientSettings settings = server.settings();
                settings.connections = 1;
                Client client(settings);
                auto cancelled = [&]() -> Task<> {
                    std::string path = phase == "body" || phase == "streamed" ? "body" : "held";
                    auto request = client.get("http://h/" + path);
                    if (phase == "streamed") {
                        auto response = co_await std::move(request).streamed();
                        co_await response.read_all();
                    } else {
                        co_await std::move(request);
                    }
                };
                if (phase == "connecting") server.connect_after(10s);
                if (phase == "waiting") {
                    auto holding = client.get("http://h/held");
                    auto waiting = attempt(timeout(1s, cancelled()));
                    auto both = co_await gather(std::move(holding), std::move(waiting));
                    CHECK(std::get<1>(both).failure().check<TimeoutError>());
                } else {
                    auto ended = co_await attempt(timeout(1s, cancelled()));
                    CHECK(ended.failure().check<TimeoutError>());
                    CHECK(client.connections() == 0);
                }
                server.connect_after(0s);
                auto after = co_await timeout(1s, client.get("http://h/"));
                CHECK(after.status() == 200);
            }
        });
    }
}

TEST_SUITE("redirects") {
    TEST_CASE("each status turns methods as RFC 9110 says, and the body goes along or does not") {
        run_test([]() -> Task<> {
            for (std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE"}) {
                for (int status : {301, 302, 303, 307, 308}) {
                    CAPTURE(method);
                    CAPTURE(status);
                    bool becomes_get = (status == 303 && method != "HEAD") || (status <= 302 && method == "POST");
                    bool has_body = method == "POST" || method == "PUT";
                    StubServer server;
                    server.expect(method, "http://h/from").answer(StubAnswer(status).header("location", "/to?q=1"));
                    server.expect(becomes_get ? "GET" : method, "http://h/to?q=1")
                        .body(has_body && !becomes_get ? "text" : "");
                    Client client = server.client();
                    auto request = client.request(method, "http://h/from");
                    if (has_body) request = std::move(request).body("text");
                    auto response = co_await std::move(request);
                    CHECK(response.status() == 200);
                    CHECK(response.url().href() == "http://h/to?q=1");
                    CHECK(response.history().size() == 1);
                    CHECK(server.connections_made() == 1);
                    CHECK(server.report() == "");
                }
            }
        });
    }

    TEST_CASE("what headers say of a body goes with it, and stays with it") {
        run_test([]() -> Task<> {
            for (int status : {303, 307}) {
                StubServer server;
                server.expect("POST", "http://h/from").answer(StubAnswer(status).header("location", "/to"));
                corduroy::testing::StubExpectation& second =
                    server.expect(status == 303 ? "GET" : "POST", "http://h/to");
                Client client = server.client();
                auto request = client.post("http://h/from").body("text").header("x-other", "stays");
                second.header("x-other", "stays");
                for (const char* name : {"content-encoding", "content-language", "content-location", "digest",
                                         "content-digest", "repr-digest", "last-modified"}) {
                    request = std::move(request).header(name, "of the text");
                    status == 303 ? second.no_header(name) : second.header(name, "of the text");
                }
                auto response = co_await std::move(request);
                CHECK(response.status() == 200);
                CHECK(server.report() == "");
            }
        });
    }

    TEST_CASE("a method is kept over 301, 302 and 303 by wish, with its body or without") {
        run_test([]() -> Task<> {
            for (bool with_body : {true, false}) {
                for (std::string method : {"GET", "HEAD", "POST", "PUT", "QUERY"}) {
                    for (int status : {301, 302, 303, 307}) {
                        CAPTURE(with_body);
                        CAPTURE(method);
                        CAPTURE(status);
                        bool keeps_body = with_body || status == 307;
                        StubServer server;
                        server.expect(method, "http://h/").answer(StubAnswer(status).header("location", "/to"));
                        auto& second = server.expect(method, "http://h/to").body(keeps_body ? "text" : "");
                        if (keeps_body)
                            second.header("content-type", "text/plain");
                        else
                            second.no_header("content-type");
                        Client client = server.client();
                        auto keeping = with_body ? http::RedirectMethod::kept : http::RedirectMethod::kept_without_body;
                        auto response = co_await client.request(method, "http://h/")
                                            .body("text", "text/plain")
                                            .redirect_method(keeping);
                        CHECK(response.method() == method);
                        CHECK(server.report() == "");
                    }
                }
            }
        });
    }

    TEST_CASE("what a method becomes can be said for one status alone") {
        run_test([]() -> Task<> {
            for (int status : {301, 302}) {
                StubServer server;
                server.expect("POST", "http://h/").answer(StubAnswer(status).header("location", "/to"));
                server.expect(status == 301 ? "POST" : "GET", "http://h/to").body(status == 301 ? "text" : "");
                Client client = server.client();
                auto response = co_await client.post("http://h/")
                                    .body("text", "text/plain")
                                    .redirect_method(301, http::RedirectMethod::kept);
                CHECK(server.report() == "");
                REQUIRE(response.history().size() == 1);
                CHECK(response.history()[0].head.status == status);
                CHECK(response.history()[0].head.headers.get("location") == "/to");
            }
        });
    }

    TEST_CASE("credentials go along to wherever redirects lead, where that is trusted") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/a").answer(StubAnswer(302).header("location", "http://other/b"));
            server.expect("GET", "http://other/b")
                .header("authorization", "s")
                .header("cookie", "c=1")
                .header("host", "other");
            Client client = server.client();
            co_await client.get("http://h/a")
                .header("authorization", "s")
                .header("cookie", "c=1")
                .header("host", "h.test")
                .trusted_redirects();
            CHECK(server.report() == "");
        });
    }

    TEST_CASE("credentials go along to the same origin and to no other") {
        run_test([]() -> Task<> {
            for (std::string to : {"http://h/b", "http://h:81/b", "https://h/b", "http://sub.h/b"}) {
                CAPTURE(to);
                StubServer server;
                server.expect("GET", "http://h/a")
                    .header("authorization", "s")
                    .answer(StubAnswer(302).header("location", to));
                auto& second = server.expect("GET", to).header("x-own", "1");
                if (to == "http://h/b")
                    second.header("authorization", "s").header("cookie", "c=1");
                else
                    second.no_header("authorization").no_header("cookie");
                Client client = server.client();
                co_await client.get("http://h/a")
                    .header("authorization", "s")
                    .header("cookie", "c=1")
                    .header("x-own", "1");
                CHECK(server.report() == "");
            }
        });
    }

    TEST_CASE("the limit of redirects holds to the one, and where none is followed the answer itself is given") {
        run_test([]() -> Task<> {
            for (unsigned count : {2u, 3u, 4u}) {
                CAPTURE(count);
                StubServer server(StubServer::Order::any);
                for (unsigned i = 0; i < count; ++i)
                    server.expect("GET", "http://h/" + std::to_string(i))
                        .any_times()
                        .answer(StubAnswer(302).header("location", std::to_string(i + 1)));
                server.expect("GET", "http://h/" + std::to_string(count)).any_times();
                Client client = server.client();
                auto end = co_await attempt(client.get("http://h/0").redirects(3));
                CHECK(end.has_value() == (count <= 3));
                if (!end) CHECK(end.failure().check<RedirectError>());
                auto itself = co_await client.get("http://h/0").redirects(0);
                CHECK(itself.status() == 302);
            }
        });
    }

    TEST_CASE("an answer with an empty Location leads nowhere, and is the answer") {
        run_test([]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/").times(2).answer(StubAnswer(302, "here").header("location", ""));
            Client client = server.client();
            auto whole = co_await client.get("http://h/");
            CHECK(whole.status() == 302);
            CHECK(whole.text() == "here");
            auto streamed = co_await client.get("http://h/").streamed();
            CHECK(streamed.streamed());
            co_await streamed.read_all();
            CHECK(streamed.text() == "here");
            server.verify();
        });
    }

    TEST_CASE("a redirect from https to http is followed by wish") {
        run_test([]() -> Task<> {
            StubServer server(StubServer::Order::any);
            server.expect("GET", "https://h/").times(2).answer(StubAnswer(302).header("location", "http://h/"));
            server.expect("GET", "http://h/").times(2).answer(200);
            ClientSettings settings = server.settings();
            settings.insecure_redirects = true;
            auto by_client = co_await Client(settings).get("https://h/");
            CHECK(by_client.status() == 200);
            auto by_request = co_await server.client().get("https://h/").insecure_redirects();
            CHECK(by_request.url().href() == "http://h/");
        });
    }

    TEST_CASE("it goes to no other scheme, and not from https to http") {
        run_test([]() -> Task<> {
            for (std::string to : {"file:///etc/passwd", "ftp://h/", "javascript:1", "http://h/"}) {
                CAPTURE(to);
                StubServer server;
                server.expect("GET", "https://h/").answer(StubAnswer(302).header("location", to));
                Client client = server.client();
                auto refused = co_await attempt(client.get("https://h/"));
                CHECK(refused.failure().check<RedirectError>());
                CHECK(server.requests().size() == 1);
            }
        });
    }
}

} // namespace

} // namespace corduroy::http
