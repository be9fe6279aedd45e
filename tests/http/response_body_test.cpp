// The body of a response, line by line and piece by piece.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "http/content/codings.hpp"
#include "http/scripted_peer.hpp"
#include "support/run_test.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

namespace {

Task<std::vector<std::string>> all_of(AsyncGenerator<std::string> items) {
    std::vector<std::string> all;
    while (auto item = co_await items.next()) all.push_back(*item);
    co_return all;
}

} // namespace

TEST_CASE("a response tells its status, reason, version, headers and length, the URL it is of, and how it came there") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("POST", "http://h/old").answer(StubAnswer(302).header("location", "/new?a"));
        server.expect("GET", "http://h/new?a")
            .answer(StubAnswer::raw("HTTP/1.0 299 Very fine\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi"));
        http::Client client = server.client();
        auto answer = co_await client.post("http://h/old").body("x");
        CHECK(answer.status() == 299);
        CHECK(answer.reason() == "Very fine");
        CHECK(answer.version() == http::Version::http_1_0);
        CHECK(answer.headers().get("x-a") == "1");
        CHECK(answer.headers().get("content-length") == "2");
        CHECK(answer.url().href() == "http://h/new?a");
        CHECK(answer.method() == "GET");
        REQUIRE(answer.history().size() == 1);
        CHECK(answer.history()[0].url.href() == "http://h/old");
        CHECK(answer.history()[0].status == 302);
    });
}

TEST_CASE("bytes are the body as it came, and of a streamed answer what has been gathered, or an error before") {
    sim::run([]() -> Task<> {
        StubServer server;
        std::string body("a\0\xff\r\n", 5);
        server.expect("GET", "http://h/").times(2).answer(200, body);
        http::Client client = server.client();
        auto whole = co_await client.get("http://h/");
        CHECK(whole.bytes() == body);
        auto streamed = co_await client.get("http://h/").streamed();
        CHECK_THROWS_AS(streamed.bytes(), corduroy::Error);
        co_await streamed.read_all();
        CHECK(streamed.bytes() == body);
    });
}

TEST_CASE("a piece is received into memory of the caller's where it can be, and lies elsewhere where it cannot") {
    run_test([]() -> Task<> {
        std::string body(300'000, 'b');
        for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
        std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body;
        std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" + body + "\r\n0\r\n\r\n";
        std::string unsized = "HTTP/1.1 200 OK\r\n\r\n" + body;
        for (const std::string& answer : {sized, chunked, unsized}) {
            for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1'000'000}}) {
                CAPTURE(answer.substr(0, 60));
                CAPTURE(size);
                StubServer server;
                StubAnswer given = answer == unsized ? StubAnswer::raw(answer).then_close() : StubAnswer::raw(answer);
                server.expect("GET", "http://h/").answer(std::move(given));
                server.expect("GET", "http://h/next").answer(200, "next");
                http::Client client = server.client();
                auto response = co_await client.get("http://h/").streamed();
                std::vector<std::byte> room(size);
                std::string read;
                std::size_t in_room = 0;
                for (;;) {
                    std::string_view piece = co_await response.read_into(room);
                    if (piece.empty()) break;
                    read += piece;
                    if (piece.data() == reinterpret_cast<const char*>(room.data())) in_room += piece.size();
                    std::fill(room.begin(), room.end(), std::byte{'?'});
                }
                CHECK((read == body));
                // What came with the head, or all where the body's end is not known.
                if (answer != sized || size == 0) CHECK(in_room == 0);
                if (answer == sized && size > 1) CHECK(in_room > 200'000);
                CHECK(!response.streamed());
                auto next = co_await client.get("http://h/next");
                CHECK(next.text() == "next");
            }
        }
    });
}

TEST_CASE("a piece for memory of the caller's may be given up or fail, and the memory is the caller's again") {
    run_test([]() -> Task<> {
        std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(100'000, 'b');
        StubServer server;
        server.expect("GET", "http://h/slow").answer(StubAnswer::raw(begin).then_silence());
        server.expect("GET", "http://h/cut").answer(StubAnswer::raw(begin).then_close());
        server.expect("GET", "http://h/next").answer(200, "next");
        http::Client client = server.client();
        for (std::string path : {"slow", "cut"}) {
            CAPTURE(path);
            auto response = co_await client.get("http://h/" + path).streamed();
            std::optional<std::vector<std::byte>> room(std::in_place, 400'000);
            std::size_t read = 0;
            while (read < 100'000) {
                std::string_view piece = co_await response.read_into(*room);
                REQUIRE(!piece.empty());
                read += piece.size();
            }
            auto outcome = co_await attempt(timeout(1s, response.read_into(*room)));
            if (path == "slow")
                CHECK(outcome.failure().check<TimeoutError>());
            else
                CHECK(outcome.failure().check<http::ProtocolError>());
            room.reset();
            auto again = co_await attempt(response.read_into({}));
            CHECK(again.failure().check<http::Error>());
        }
        auto next = co_await client.get("http://h/next");
        CHECK(next.text() == "next");
    });
}

TEST_CASE("lines come without their ends, however the body was cut, streamed and whole") {
    run_test([]() -> Task<> {
        std::string body = "one\r\ntwo\n\nfo\rur\r\nlast";
        std::vector<std::string> lines{"one", "two", "", "fo\rur", "last"};
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
            CAPTURE(cut);
            StubServer server;
            server.expect("GET", "http://h/")
                .times(2)
                .answer(StubAnswer(200).then(body.substr(0, cut)).pause(1ms).then(body.substr(cut)));
            http::Client client = server.client();
            auto streamed = co_await client.get("http://h/").streamed();
            auto of_streamed = co_await all_of(streamed.lines());
            CHECK(of_streamed == lines);
            CHECK(!streamed.streamed());
            auto whole = co_await client.get("http://h/");
            auto of_whole = co_await all_of(whole.lines());
            CHECK(of_whole == lines);
            CHECK(client.idle_connections() == 1);
        }
    });
}

TEST_CASE("the bound of a line holds to the byte, and its end does not count") {
    run_test([]() -> Task<> {
        for (std::size_t length : {9U, 10U, 11U}) {
            for (std::string end : {"", "\n", "\r\n"}) {
                CAPTURE(length);
                http::Response response(200, std::string(length, 'x') + end);
                auto got = co_await attempt(all_of(response.lines(10)));
                CHECK(got.has_value() == (length <= 10));
                if (!got) CHECK(got.failure().check<http::TooLarge>());
            }
        }
    });
}

TEST_CASE("chunks are the pieces as they come, and one piece of a body that is whole") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(200).then("one").pause(1ms).then("two"));
        http::Client client = server.client();
        auto streamed = co_await client.get("http://h/").streamed();
        auto pieces = co_await all_of(streamed.chunks());
        CHECK(pieces == std::vector<std::string>{"one", "two"});
        http::Response whole(200, "all");
        auto piece = co_await all_of(whole.chunks());
        CHECK(piece == std::vector<std::string>{"all"});
        http::Response empty(200);
        auto none = co_await all_of(empty.chunks());
        CHECK(none.empty());
    });
}

TEST_CASE("a generator of lines that is dropped leaves the rest to the response; the response dropped closes") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(200).then("one\n").pause(1s).then("two\n"));
        http::Client client = server.client();
        {
            auto response = co_await client.get("http://h/").streamed();
            {
                auto lines = response.lines();
                auto first = co_await lines.next();
                CHECK(first == "one");
            }
            co_await response.read_all();
            CHECK(response.bytes() == "two\n");
        }
        CHECK(client.idle_connections() == 1);
    });
}

TEST_CASE("a body that failed fails whenever it is read again, so that half of one is never taken for the whole") {
    run_test([]() -> Task<> {
        StubServer server;
        auto cut = StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").then_close();
        auto slow = StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").then_silence();
        server.expect("GET", "http://h/cut").answer(std::move(cut));
        server.expect("GET", "http://h/slow").answer(std::move(slow));
        server.expect("GET", "http://h/large").times(2).answer(200, "more than was wanted");
        http::Client client = server.client();

        auto broken = co_await client.get("http://h/cut").streamed();
        co_await broken.read();
        for (int time = 0; time < 3; ++time) {
            auto outcome = co_await attempt(broken.read());
            CHECK(outcome.failure().check<http::ConnectionClosed>());
        }
        CHECK_THROWS_AS(broken.bytes(), corduroy::Error);

        auto given_up = co_await client.get("http://h/slow").streamed();
        co_await given_up.read();
        auto late = co_await attempt(timeout(1s, given_up.read()));
        CHECK(late.failure().check<TimeoutError>());
        auto after = co_await attempt(given_up.read_all());
        CHECK(after.failure().message() ==
              "GET http://h/slow failed while reading the body: reading the body was given up before its end");

        auto large = co_await client.get("http://h/large").streamed();
        for (int time = 0; time < 2; ++time) {
            auto outcome = co_await attempt(large.read_all(4));
            CHECK(outcome.failure().check<http::TooLarge>());
        }
        CHECK_THROWS_AS(large.bytes(), corduroy::Error);

        // Read before, and then asked for less.
        auto again = co_await client.get("http://h/large").streamed();
        co_await again.read_all(20);
        co_await again.read_all(3);
        CHECK(again.bytes() == "more than was wanted");
    });
}

TEST_CASE("a streamed response may outlive its reactor: destroying it does no harm, and reading it is an error") {
    // By a client that is there no more, by the module's own, and decoded: what each leaves behind.
    enum class By { client, module, encoded };
    for (By by : {By::client, By::module, By::encoded}) {
        if (by == By::encoded && http::accepted_codings() == "identity") continue;
        CAPTURE(static_cast<int>(by));
        std::string head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n";
        if (by == By::encoded) head += "content-encoding: gzip\r\n";
        std::optional<http::Response> kept;
        std::string address;
        auto talk = [&](net::Stream& stream) -> Task<> {
            co_await http::testing::read_head(stream);
            co_await stream.write_all(head + "\r\n\x1f\x8b");
            co_await sleep(1h);
        };
        auto ask = [&](std::string url) -> Task<> {
            address = url + "/";
            http::Client client;
            auto request = by == By::module ? http::get(url).streamed() : client.get(url).streamed();
            kept = co_await std::move(request);
            if (by == By::client) CHECK((co_await kept->read()).size() == 2);
        };
        http::testing::with_peer(talk, ask);
        const std::string words = "GET " + address +
                                  " failed while reading the body: the reactor of its connection has ended; a body is "
                                  "read before that, or not at all";
        for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH_AS(run(kept->read()), words.c_str(), http::Error);
        kept.reset();
    }
}
