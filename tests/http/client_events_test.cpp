// What happens between a request and its answer: interim answers, waiting for a "100 Continue", upgrades, trailers, and
// what a trace is told of it all.

#include "http/scripted_peer.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <deque>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace corduroy::http::testing;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

namespace {

Duration since(TimePoint begin) { return Reactor::current().now() - begin; }

AsyncGenerator<std::string> endless(int& given) {
    for (;;) {
        ++given;
        co_yield std::string(1000, 'x');
        co_await sleep(10ms);
    }
}

Task<> answer_ok(net::Stream& stream, std::string body) {
    stream.write_soon("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    co_await stream.flush();
}

} // namespace

TEST_CASE("with expect_continue the body waits for the 100, small as it is") {
    std::string head;
    bool early = false;
    auto talk = [&](net::Stream& stream) -> Task<> {
        head = co_await read_head(stream);
        auto begun = Reactor::current().now();
        auto body = stream.read_exactly(5);
        co_await sleep(300ms);
        early = !stream.buffered().empty();
        stream.write_soon("HTTP/1.1 100 Continue\r\n\r\n");
        std::string got = co_await std::move(body);
        CHECK(since(begun) < 400ms);
        co_await answer_ok(stream, got);
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        std::vector<int> interim;
        auto hook = [&](const http::ResponseHead& each) { interim.push_back(each.status); };
        auto answer = co_await http::put(url).body("hello").expect_continue().on_interim(hook);
        CHECK(answer.text() == "hello");
        CHECK(interim == std::vector<int>{100});
        CHECK(head.find("expect: 100-continue\n") != std::string::npos);
        CHECK(head.find("content-length: 5\n") != std::string::npos);
        CHECK(!early);
    });
}

TEST_CASE("a request's target can be said, and its trace has the connection that it goes by") {
    std::string head;
    auto talk = [&](net::Stream& stream) -> Task<> {
        head = co_await read_head(stream);
        co_await answer_ok(stream, "");
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        net::Address peer;
        auto note = [&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::sent) peer = event.connection->peer_address();
        };
        auto answer = co_await http::get(url).request_target("/a/../b?c").trace(note);
        CHECK(answer.status() == 200);
        CHECK(head.starts_with("GET /a/../b?c HTTP/1.1\n"));
        CHECK(url.find(peer.to_string()) != std::string::npos);
        for (const char* wrong : {"", "/a b", "/a\r\nb", "/\x7f"})
            CHECK_THROWS_AS(http::get(url).request_target(wrong), http::Error);
        try {
            static_cast<void>(http::get("http://u:secret@h/").request_target("a b"));
            FAIL("it was taken");
        } catch (const http::Error& error) {
            CHECK(std::string(error.what()).find("secret") == std::string::npos);
        }
    });
}

TEST_CASE("a server that says nothing to an expectation gets the body when the wait is over") {
    Duration waited{};
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        auto begun = Reactor::current().now();
        std::string got = co_await stream.read_exactly(5);
        waited = since(begun);
        co_await answer_ok(stream, got);
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        auto answer = co_await http::put(url).body("hello").expect_continue(2s);
        CHECK(answer.text() == "hello");
        CHECK(waited >= 1900ms);
        CHECK(waited < 2100ms);
    });
}

TEST_CASE("an answer in place of the 100 is the answer, the body stays unsent, and the connection is closed") {
    int given = 0;
    bool closed = false;
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        stream.write_soon("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
        std::string rest = co_await stream.read_all(1 << 20);
        closed = rest.empty();
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto answer = co_await client.put(url).body(endless(given)).expect_continue();
        CHECK(answer.status() == 403);
        CHECK(answer.text() == "no");
        CHECK(client.connections() == 0);
        co_await sleep(1s);
        CHECK(closed);
        CHECK(given == 0);
    });
}

TEST_CASE("a 417 has the request sent once more without the expectation") {
    std::vector<std::string> heads;
    auto talk = [&](net::Stream& stream) -> Task<> {
        heads.push_back(co_await read_head(stream));
        if (heads.size() == 1) {
            stream.write_soon("HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n");
            co_await stream.flush();
            co_return;
        }
        std::string got = co_await stream.read_exactly(5);
        co_await answer_ok(stream, got);
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        auto answer = co_await http::post(url).body("hello").expect_continue();
        CHECK(answer.text() == "hello");
        REQUIRE(heads.size() == 2);
        CHECK(heads[0].find("expect:") != std::string::npos);
        CHECK(heads[1].find("expect:") == std::string::npos);
    });
}

TEST_CASE("a request that is cancelled while its body is sent, or while it waits for the 100, closes its connection") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        auto rest = co_await attempt(stream.read_all(64 << 20));
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        int given = 0;
        auto sending = co_await attempt(timeout(100ms, client.put(url).body(endless(given))));
        CHECK(sending.failure().check<TimeoutError>());
        CHECK(client.connections() == 0);
        auto waiting = co_await attempt(timeout(100ms, client.put(url).body("x").expect_continue(1h)));
        CHECK(waiting.failure().check<TimeoutError>());
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("an interim answer is told to the hook with its fields, and the final one is the answer") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/")
            .answer(StubAnswer::raw("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                                    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"));
        http::Client client = server.client();
        std::string told;
        auto hook = [&](const http::ResponseHead& head) {
            told += std::to_string(head.status) + " " + std::string(head.headers.get("link").value_or("-")) + "\n";
        };
        auto answer = co_await client.get("http://h/").on_interim(hook);
        CHECK(answer.status() == 200);
        CHECK(told == "103 </a.css>\n102 -\n");
    });
}

TEST_CASE("an upgraded connection is the caller's, with what was read ahead; nobody else's answer is one") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        stream.write_soon("HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nahead\n");
        for (;;) {
            auto line = co_await stream.read_line();
            if (!line) break;
            stream.write_soon("echo " + *line + "\n");
        }
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto answer = co_await client.get(url).header("upgrade", "echo").header("connection", "upgrade");
        CHECK(answer.status() == 101);
        REQUIRE(answer.upgraded());
        CHECK(client.connections() == 0); // it has left the pool
        net::Stream stream = answer.take_connection();
        auto ahead = co_await stream.read_line();
        CHECK(ahead == "ahead");
        stream.write_soon("hello\n");
        auto echo = co_await stream.read_line();
        CHECK(echo == "echo hello");
        CHECK(!answer.upgraded());
        CHECK_THROWS_AS(answer.take_connection(), Error);
        co_await stream.shutdown();
        auto unasked = co_await client.get(url);
        CHECK(!unasked.upgraded());
    });
}

TEST_CASE("trailers are the response's, of a streamed one when its end has been read") {
    run_test([]() -> Task<> {
        StubServer server;
        std::string raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 6\r\n\r\n";
        server.expect("GET", "http://h/").times(2).answer(StubAnswer::raw(raw));
        http::Client client = server.client();
        auto whole = co_await client.get("http://h/");
        CHECK(whole.trailers().get("x-sum") == "6");
        auto streamed = co_await client.get("http://h/").streamed();
        CHECK(streamed.trailers().empty());
        co_await streamed.read_all();
        CHECK(streamed.trailers().get("x-sum") == "6");
        CHECK(http::Response(200).trailers().empty());
    });
}

TEST_CASE("a trace is told each step with its time, and timings are the response's") {
    run_test([]() -> Task<> {
        StubServer server;
        server.connect_after(10ms);
        server.expect("GET", "http://h/a")
            .answer(StubAnswer(302).header("location", "http://u:secret@h/b").after(20ms));
        server.expect("GET", "http://h/b").answer(StubAnswer(200).after(30ms).then("one").pause(40ms).then("three"));
        server.expect("GET", "http://h/c").answer(StubAnswer::raw("HTTP/1.1 200 OK\r\nbad head\r\n\r\n"));
        http::Client client = server.client();
        std::string told;
        TimePoint begun = Reactor::current().now();
        auto trace = [&](const http::TraceEvent& event) {
            auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(event.at - begun).count();
            told += std::string(to_string(event.step)) + " " + std::to_string(ms) + " " + std::string(event.url);
            if (event.bytes != 0) told += " " + std::to_string(event.bytes);
            if (!event.detail.empty()) told += " (" + std::string(event.detail) + ")";
            told += "\n";
        };
        auto answer = co_await client.get("http://h/a").trace(trace);
        CHECK(answer.text() == "onethree");
        CHECK(told == "queued 0 http://h/a\nsent 10 http://h/a\nfirst_byte 30 http://h/a\ndone 30 http://h/a\n"
                      "redirect 30 http://h/a (http://h/b)\n"
                      "queued 30 http://h/b\nsent 30 http://h/b\nfirst_byte 60 http://h/b\nchunk 60 http://h/b 3\n"
                      "chunk 100 http://h/b 5\ndone 100 http://h/b 8\n");
        CHECK(answer.timings().begun == begun);
        CHECK(answer.timings().first_byte - begun == 60ms);
        CHECK(answer.timings().total() == 100ms);

        told.clear();
        begun = Reactor::current().now();
        client.trace(trace);
        auto failed = co_await attempt(client.get("http://h/c").streamed());
        CHECK(!failed);
        CHECK(told.find("failed 0 http://h/c (GET http://h/c failed while reading the head: ") != std::string::npos);
    });
}

TEST_CASE("a trace is told how much of the request's body was sent") {
    run_test([]() -> Task<> {
        StubServer server;
        for (int request = 0; request < 3; ++request) server.expect("PUT", "http://h/").answer(StubAnswer(200));
        http::Client client = server.client();
        std::vector<std::uint64_t> sent;
        client.trace([&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::sent) sent.push_back(event.bytes);
        });
        co_await client.put("http://h/").body("hello");
        co_await client.put("http://h/").body(std::string(100'000, 'x'));
        auto pieces = []() -> AsyncGenerator<std::string> {
            co_yield "one";
            co_yield "three";
        };
        co_await client.put("http://h/").body(pieces());
        CHECK(sent == std::vector<std::uint64_t>{5, 100'000, 8});
    });
}

TEST_CASE("a trace that throws when the request has been sent fails it, and has it sent no other time") {
    auto talk = [](net::Stream& stream) -> Task<> {
        while (!(co_await read_head(stream)).empty()) co_await answer_ok(stream, "");
    };
    with_peer(talk, [](std::string url) -> Task<> {
        http::Client client;
        co_await client.get(url);
        bool failed = false;
        auto fail_once = [&](const http::TraceEvent& event) {
            if (event.step == http::TraceStep::sent && !std::exchange(failed, true))
                throw corduroy::Error("the trace has had enough");
        };
        auto outcome = co_await attempt(client.get(url).trace(fail_once));
        CHECK(outcome.failure().message().find("the trace has had enough") != std::string::npos);
    });
}

TEST_CASE("the time to wait for a place ends with the wait, also where the place is to be drained first") {
    std::deque<net::Stream> streams;
    auto talk = [&](net::Stream& stream) -> Task<> {
        streams.push_back(std::move(stream));
        co_await read_head(streams.back());
        if (streams.size() == 1)
            streams.back().write_soon("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nnot all of it");
        else
            co_await answer_ok(streams.back(), "of the second connection");
    };
    auto ask_twice = [&](std::string url) -> Task<> {
        http::Client client;
        {
            http::Response dropped = co_await client.get(url).streamed();
            co_await dropped.read();
        }
        auto next = co_await client.get(url).pool_timeout(5ms); // which is shorter than draining takes
        CHECK(next.bytes() == "of the second connection");
        streams.clear();
    };
    sim::run([&] { return beside_peer(talk, ask_twice); });
}

TEST_CASE("an answer that comes before all of a small body has left makes no room behind the rest of it") {
    std::deque<net::Stream> streams;
    auto talk = [&](net::Stream& stream) -> Task<> {
        streams.push_back(std::move(stream));
        if (streams.size() == 1) {
            streams.front().write_soon("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
            co_return;
        }
        co_await read_head(streams.back());
        co_await answer_ok(streams.back(), "of the second connection");
    };
    auto ask_twice = [&](std::string url) -> Task<> {
        http::Client client;
        auto refused = co_await client.post(url).body(std::string(65'500, 'x')); // with its head more than is taken
        CHECK(refused.status() == 413);
        auto next = co_await client.get(url);
        CHECK(next.bytes() == "of the second connection");
        streams.clear();
    };
    sim::run([&] { return beside_peer(talk, ask_twice); }); // where it is known how much the system takes
}

TEST_CASE("a trace is told of name, connection and TLS where a connection is made") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await answer_ok(stream, "x");
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        std::string told;
        auto trace = [&](const http::TraceEvent& event) { told += std::string(to_string(event.step)) + " "; };
        std::string named = "http://localhost" + url.substr(url.rfind(':'));
        auto answer = co_await http::get(named).trace(trace);
        CHECK(told == "queued name connect sent first_byte chunk done ");
        CHECK(answer.timings().named != TimePoint{});
        CHECK(answer.timings().connected >= answer.timings().named);
        CHECK(answer.timings().secured == TimePoint{});
    });
}
