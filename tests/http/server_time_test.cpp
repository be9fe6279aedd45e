#include <corduroy/http/server.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "http/server_fixture.hpp"

using namespace corduroy;
using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

Duration since(TimePoint began) { return Reactor::current().now() - began; }

std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

const std::string plain_request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Sends a byte at a time until the server has had enough, and gives what it said.
Task<std::string> drip(net::Stream& stream, std::string bytes, Duration pause) {
    auto dripping = [&]() -> Task<> {
        for (char& byte : bytes) {
            co_await stream.write_all(std::string_view(&byte, 1));
            co_await sleep(pause);
        }
    };
    std::string answer;
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(dripping());
        answer = co_await stream.read_all(4096);
        group.cancel();
    };
    co_await with_task_group(body);
    co_return answer;
}

Task<Response> slowly(Request& request) {
    std::string seconds(request.query());
    co_await sleep(std::chrono::seconds(std::stoi(seconds)));
    co_return Response(200, "slept " + seconds);
}

} // namespace

TEST_CASE("a head may take ten seconds from the connection's beginning, and no more") {
    with_server({}, echo, [](Server& server) -> Task<> {
        TimePoint began = Reactor::current().now();
        net::Stream slow = co_await net::connect(server.address());
        std::string answer = co_await drip(slow, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100, 'x'), 1s);
        CHECK(status_of(answer) == "HTTP/1.1 408 Request Timeout");
        CHECK(answer.ends_with("connection: close\r\n\r\nthe head took too long\n"));
        CHECK(since(began) >= 10s);
        CHECK(since(began) < 11s);

        net::Stream late = co_await net::connect(server.address());
        co_await late.write_all("GET / HTTP/1.1\r\n");
        co_await sleep(9999ms);
        co_await late.write_all("Host: h\r\nConnection: close\r\n\r\n");
        answer = co_await late.read_all(4096);
        CHECK(status_of(answer) == "HTTP/1.1 200 OK");
    });
}

TEST_CASE("a connection on which nothing ever comes is closed without a word") {
    with_server({}, echo, [](Server& server) -> Task<> {
        TimePoint began = Reactor::current().now();
        net::Stream silent = co_await net::connect(server.address());
        std::string answer = co_await silent.read_all(4096);
        CHECK(answer.empty());
        CHECK(since(began) == 10s);
    });
}

TEST_CASE("a kept-alive connection may be idle for a minute, and its next head take ten seconds more") {
    with_server({}, echo, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        for (int i = 0; i < 3; ++i) {
            co_await stream.write_all(plain_request);
            std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
            CHECK(head);
            co_await stream.read_exactly(6);
            co_await sleep(59999ms);
        }
        co_await stream.write_all("GET /");
        co_await sleep(9999ms);
        co_await stream.write_all(" HTTP/1.1\r\nHost: h\r\n\r\n");
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(head);
        co_await stream.read_exactly(6);

        TimePoint began = Reactor::current().now();
        std::string rest = co_await stream.read_all(4096);
        CHECK(rest.empty());
        CHECK(since(began) == 60s);

        net::Stream other = co_await net::connect(server.address());
        co_await other.write_all(plain_request);
        head = co_await other.read_until("\r\n\r\n");
        co_await other.read_exactly(6);
        co_await sleep(30s);
        began = Reactor::current().now();
        std::string answer = co_await drip(other, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100, 'x'), 1s);
        CHECK(status_of(answer) == "HTTP/1.1 408 Request Timeout");
        CHECK(since(began) == 10s);
    });
}

TEST_CASE("a body may be silent for a minute at a time, and no longer") {
    ServerSettings settings;
    with_server(settings, echo, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
        std::vector<std::string> pieces{"a", "b", "c"};
        for (const std::string& piece : pieces) {
            co_await sleep(59999ms);
            co_await stream.write_all(piece);
        }
        TimePoint began = Reactor::current().now();
        std::string answer = co_await stream.read_all(4096);
        CHECK(status_of(answer) == "HTTP/1.1 408 Request Timeout");
        CHECK(since(began) == 60s);
    });
}

TEST_CASE("a client that takes nothing of its answer for a minute is cut off") {
    int closed = 0;
    auto handler = [](Request&) -> Task<Response> { co_return Response(200, std::string(1 << 20, 'x')); };
    with_simulated_server({}, handler, [&](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all(plain_request);
        // Something now and then is progress.
        std::vector<std::byte> some(150'000);
        std::size_t taken = 0;
        for (int i = 0; i < 4; ++i) {
            co_await sleep(59s);
            CHECK(server.connections() == 1);
            for (std::size_t now = 0; now < some.size();) {
                std::size_t count = co_await stream.read_some(std::span(some).subspan(now));
                REQUIRE(count > 0);
                now += count;
                taken += count;
            }
        }
        CHECK(server.connections() == 1);
        co_await sleep(61s);
        CHECK(server.connections() == 0);
        auto rest = co_await attempt(stream.read_all(2 << 20));
        if (rest) taken += rest->size();
        CHECK(taken < (1 << 20));
        ++closed;
    });
    CHECK(closed == 1);
}

TEST_CASE("a client that asks and asks without reading is held up, and then cut off") {
    int answered = 0;
    auto handler = [&](Request&) -> Task<Response> {
        ++answered;
        co_return Response(200, std::string(100'000, 'x'));
    };
    with_server({}, handler, [&](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        std::string requests;
        for (int i = 0; i < 1000; ++i) requests += plain_request;
        co_await stream.write_all(requests);
        co_await sleep(59s);
        // What the connection's buffers hold, which Linux lets grow to megabytes, and what is queued before the server
        // waits.
        CHECK(answered < (corduroy::testing::ring_is_tested() ? 1000 : 5));
        CHECK(server.connections() == 1);
        co_await sleep(2s);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("a client that was refused is listened to for two seconds, and a megabyte, and no longer") {
    with_server({}, echo, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("NONSENSE\r\n\r\n");
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(head);
        co_await sleep(1999ms);
        CHECK(server.connections() == 1);
        co_await sleep(2ms);
        CHECK(server.connections() == 0);

        net::Stream torrent = co_await net::connect(server.address());
        co_await torrent.write_all("NONSENSE\r\n\r\n");
        auto sent = co_await attempt(torrent.write_all(std::string(64 << 20, 'x')));
        CHECK(!sent);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("a server that is stopped lets those finish who are at it, and closes the idle at once") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            net::Stream idle = co_await net::connect(server.address());
            net::Stream fresh = co_await net::connect(server.address());
            net::Stream busy = co_await net::connect(server.address());
            group.spawn(server.serve(slowly));
            co_await idle.write_all("GET /?0 HTTP/1.1\r\nHost: h\r\n\r\n");
            co_await busy.write_all("GET /?9 HTTP/1.1\r\nHost: h\r\n\r\nGET /?0 HTTP/1.1\r\nHost: h\r\n\r\n");
            co_await sleep(1s);
            CHECK(server.connections() == 3);
            CHECK(server.busy_connections() == 1);
            TimePoint stopped = Reactor::current().now();
            server.stop();
            server.stop();
            std::string nothing = co_await fresh.read_all(4096);
            CHECK(nothing.empty());
            std::string earlier = co_await idle.read_all(4096);
            CHECK(status_of(earlier) == "HTTP/1.1 200 OK");
            CHECK(since(stopped) == 0s);
            auto refused = co_await attempt(net::connect(server.address()));
            CHECK(!refused);
            std::string answer = co_await busy.read_all(4096);
            CHECK(since(stopped) == 8s);
            CHECK(without_dates(answer) ==
                  wire("HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ndate\ncontent-length: 7\n"
                       "connection: close\n\nslept 9"));
        };
        co_await with_task_group(body);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("a handler that is still at it when the grace time is over is cancelled and joined") {
    run_test([]() -> Task<> {
        int cancelled = 0;
        auto handler = [&](Request&) -> Task<Response> {
            try {
                co_await sleep(1h);
            } catch (const corduroy::Cancelled&) {
                ++cancelled;
                throw;
            }
            co_return Response(200);
        };
        Server server = co_await listen("127.0.0.1:0").grace(3s);
        TimePoint stopped{};
        auto body = [&](TaskGroup& group) -> Task<> {
            net::Stream stream = co_await net::connect(server.address());
            group.spawn(server.serve(handler));
            co_await stream.write_all(plain_request);
            co_await sleep(1s);
            stopped = Reactor::current().now();
            server.stop();
            std::string answer = co_await stream.read_all(4096);
            CHECK(answer.empty());
        };
        co_await with_task_group(body);
        CHECK(since(stopped) == 3s);
        CHECK(cancelled == 1);
    });
}

TEST_CASE("serving that is cancelled ends like serving that is stopped, and raises") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        std::string answer;
        TimePoint began = Reactor::current().now();
        auto client = [&]() -> Task<> {
            net::Stream stream = co_await net::connect(server.address());
            co_await stream.write_all("GET /?5 HTTP/1.1\r\nHost: h\r\n\r\n");
            answer = co_await stream.read_all(4096);
        };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(client());
            auto outcome = co_await attempt(timeout(2s, server.serve(slowly)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(since(began) == 5s);
        };
        co_await with_task_group(body);
        CHECK(status_of(answer) == "HTTP/1.1 200 OK");
        CHECK(answer.ends_with("connection: close\r\n\r\nslept 5"));

        auto again = co_await attempt(server.serve(slowly));
        CHECK(again.failure().message() == "a server serves once");
    });
}

TEST_CASE("a handler that a cancelled server does not wait for any longer is cancelled") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        TimePoint began = Reactor::current().now();
        auto client = [&]() -> Task<> {
            net::Stream stream = co_await net::connect(server.address());
            co_await stream.write_all("GET /?50 HTTP/1.1\r\nHost: h\r\n\r\n");
            std::string answer = co_await stream.read_all(4096);
            CHECK(answer.empty());
        };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(client());
            auto outcome = co_await attempt(timeout(2s, server.serve(slowly)));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        co_await with_task_group(body);
        CHECK(since(began) == 12s);
    });
}

TEST_CASE("a request whose head or body is on its way when the server stops is still answered") {
    for (const char* begun : {"POST / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na"}) {
        run_test([&]() -> Task<> {
            Server server = co_await listen("127.0.0.1:0");
            auto body = [&](TaskGroup& group) -> Task<> {
                net::Stream stream = co_await net::connect(server.address());
                group.spawn(server.serve(echo));
                std::string request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
                co_await stream.write_all(std::string_view(begun));
                co_await sleep(1s);
                server.stop();
                co_await sleep(1s);
                co_await stream.write_all(request.substr(std::string_view(begun).size()));
                std::string answer = co_await stream.read_all(4096);
                CHECK(answer.ends_with("connection: close\r\n\r\nPOST / [abc]\n"));
            };
            co_await with_task_group(body);
        });
    }
}

TEST_CASE("a server that was stopped before it served does not, and one that never serves just closes") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        server.stop();
        co_await server.serve(echo);
        auto refused = co_await attempt(net::connect(server.address()));
        CHECK(!refused);
        Server unused = co_await listen("127.0.0.1:0");
        CHECK(unused.port() != 0);
    });
}

TEST_CASE("a server that is cancelled before it began to serve closes its listener") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        auto outcome = co_await attempt(timeout(0s, server.serve(echo)));
        CHECK(outcome.failure().check<TimeoutError>());
        auto refused = co_await attempt(net::connect(server.address()));
        CHECK(!refused);
    });
}

TEST_CASE("a server that is stopped before its first turn of accepting stops all the same") {
    run_test([]() -> Task<> {
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(echo));
            for (int turns = 0; turns < 3; ++turns) {
                server.stop();
                co_await yield_now();
            }
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("whenever it is stopped, and in whatever order things happen, a server leaves nothing behind") {
    int answered = 0;
    auto handler = [&](Request& request) -> Task<Response> {
        co_await sleep(std::chrono::milliseconds(request.target().size() * 10));
        ++answered;
        if (request.method() == "PUT") co_return Response(200, std::string(300'000, 'x'));
        co_return Response(200, request.text());
    };
    std::string requests = "GET / HTTP/1.1\r\nHost: h\r\n\r\nPOST /a/long/way HTTP/1.1\r\nHost: h\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nPUT / HTTP/1.1\r\nHost: h\r\n"
                           "Content-Length: 1\r\n\r\nxGET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        sim::SimOptions options;
        options.seed = seed;
        options.shuffle_completions = true;
        auto program = [&]() -> Task<> {
            Server server = co_await listen("127.0.0.1:0").grace(40ms).connections(3);
            auto client = [&](std::size_t piece) -> Task<> {
                net::Stream stream = co_await net::connect(server.address());
                for (std::size_t at = 0; at < requests.size(); at += piece) {
                    co_await stream.write_all(requests.substr(at, piece));
                    co_await sleep(3ms);
                }
                co_await stream.read_all(1 << 20);
            };
            auto body = [&](TaskGroup& group) -> Task<> {
                for (std::size_t piece = 1; piece < 6; ++piece) group.spawn(attempt(client(piece * 40)));
                // Some by stop, some by cancellation.
                auto bound = std::chrono::milliseconds(seed);
                if (seed % 2 == 0) {
                    auto outcome = co_await attempt(timeout(bound, server.serve(handler)));
                    CHECK(!outcome);
                } else {
                    group.spawn(server.serve(handler));
                    co_await sleep(bound);
                    server.stop();
                }
            };
            co_await with_task_group(body);
            CHECK(server.connections() == 0);
        };
        sim::run(program, options);
    }
    CHECK(answered > 300);
}
