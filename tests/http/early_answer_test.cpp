// Answers that come before the request's body has been sent.

#include "http/scripted_peer.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/net/stream.hpp>

#include <algorithm>
#include <string>
#include <utility>

using namespace corduroy;
using namespace corduroy::http::testing;

namespace {

AsyncGenerator<std::string> endless(int& given) {
    for (;;) {
        ++given;
        co_yield std::string(1000, 'x');
        co_await sleep(10ms);
    }
}

constexpr std::size_t much = 8 << 20; // more than lies on the way

std::string much_text() {
    std::string text;
    while (text.size() < much) text += "line " + std::to_string(text.size()) + "\n";
    text.resize(much);
    return text;
}

AsyncGenerator<std::string> in_pieces(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); at += 100'000) co_yield text.substr(at, 100'000);
}

Task<> answer(net::Stream& stream, std::string status, std::string body) {
    co_await stream.write_all("HTTP/1.1 " + status + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
                              body);
}

} // namespace

TEST_CASE(
    "an answer that refuses what a generator still sends is delivered, the sending stops, the connection closes") {
    int given = 0;
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await stream.read_exactly(3000);
        co_await answer(stream, "413 Content Too Large", "enough");
        auto rest = co_await attempt(stream.read_all(1 << 20));
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto answer = co_await client.put(url).body(endless(given));
        CHECK(answer.text() == "enough");
        CHECK(client.connections() == 0);
        int until_then = given;
        CHECK(until_then < 6);
        co_await sleep(1s);
        CHECK(given == until_then);
        // Streamed as well.
        auto streamed = co_await client.put(url).body(endless(given)).streamed();
        CHECK(streamed.status() == 413);
        co_await streamed.read_all();
        CHECK(streamed.text() == "enough");
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("a server that answers as it reads gets all of the body, and all of its answer comes") {
    std::string text = much_text();
    auto talk = [&](net::Stream& stream) -> Task<> {
        for (;;) {
            if ((co_await read_head(stream)).empty()) co_return;
            co_await stream.write_all("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(much) + "\r\n\r\n");
            for (std::size_t left = much; left > 0;) {
                std::string piece = co_await stream.read_exactly(std::min<std::size_t>(left, 65'536));
                left -= piece.size();
                co_await stream.write_all(piece);
            }
        }
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto whole = co_await client.put(url).body(text);
        CHECK((whole.bytes() == text));
        auto made = co_await client.put(url).body(in_pieces(text), much);
        CHECK((made.bytes() == text));
        auto streamed = co_await client.put(url).body(in_pieces(text), much).streamed();
        co_await streamed.read_all();
        CHECK((streamed.bytes() == text));
        CHECK(client.idle_connections() == 1);
    });
}

TEST_CASE("a success that comes early cuts no upload short") {
    std::string text = much_text();
    std::string got;
    auto talk = [&](net::Stream& stream) -> Task<> {
        for (;;) {
            if ((co_await read_head(stream)).empty()) co_return;
            co_await answer(stream, "201 Created", "as you say");
            co_await sleep(100ms);
            got = co_await stream.read_exactly(much);
        }
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto whole = co_await client.put(url).body(text);
        CHECK(whole.text() == "as you say");
        CHECK(whole.timings().first_byte + 90ms <= whole.timings().sent);
        while (got.empty()) co_await sleep(1ms); // the last of it is on its way
        CHECK((got == text));
        got.clear();
        auto made = co_await client.put(url).body(in_pieces(text), much);
        CHECK(made.text() == "as you say");
        while (got.empty()) co_await sleep(1ms); // the last of it is on its way
        CHECK((got == text));
        CHECK(client.idle_connections() == 1);
    });
}

TEST_CASE("a success that comes together with the 100 is one to send the body for") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        for (;;) {
            if ((co_await read_head(stream)).empty()) co_return;
            co_await stream.write_all("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
            std::string body = co_await stream.read_exactly(5);
            co_await stream.write_all(body);
        }
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        for (int i = 0; i < 2; ++i) {
            auto echoed = co_await client.put(url).body("bytes").expect_continue(1h);
            CHECK(echoed.text() == "bytes");
            CHECK(client.idle_connections() == 1);
        }
    });
}

TEST_CASE("a body whose size has been given is sent, though its generator goes on") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await stream.read_exactly(5);
        co_await stream.write_all("HTTP/1.1 200 OK\r\n\r\nall of it");
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        auto lingers = []() -> AsyncGenerator<std::string> {
            co_yield "bytes";
            co_await sleep(1h);
        };
        http::Client client;
        auto answer = co_await client.put(url).body(lingers(), 5);
        CHECK(answer.text() == "all of it");
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("an early answer without a length is not whole where its server closed what it had not read") {
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await stream.read_exactly(3000);
        co_await stream.write_all("HTTP/1.1 200 OK\r\n\r\na part of it");
        co_await sleep(100ms);
        stream.abort();
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        int given = 0;
        auto slowly = co_await attempt(client.put(url).body(endless(given)));
        CHECK(slowly.failure().check<corduroy::Error>());
        auto at_once = co_await attempt(client.put(url).body(much_text()));
        CHECK(at_once.failure().check<corduroy::Error>());
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("a server that takes no more once it has said yes has said yes") {
    int given = 0;
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await stream.read_exactly(3000);
        co_await answer(stream, "200 OK", "enough");
        co_await stream.shutdown();
        auto rest = co_await attempt(stream.read_all(1 << 20));
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        auto answer = co_await client.put(url).body(endless(given));
        CHECK(answer.text() == "enough");
        CHECK(client.connections() == 0);
        CHECK(given < 6);
    });
}

TEST_CASE("of an answer that comes early no more is kept than a body may have, and a server that does not read is "
          "found out") {
    std::string status = "HTTP/1.1 200 OK\r\n\r\n";
    auto talk = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        auto written = co_await attempt(stream.write_all(status + std::string(1 << 20, 'x')));
        co_await sleep(1h);
    };
    with_peer(talk, [&](std::string url) -> Task<> {
        http::Client client;
        int given = 0;
        auto flooded = co_await attempt(client.put(url).body(endless(given)).body_limit(1000));
        CHECK(flooded.failure().check<http::TooLarge>());
        CHECK(flooded.failure().message().find("is larger than 1000 bytes") != std::string::npos);
        CHECK(client.connections() == 0);
    });
    auto deaf = [&](net::Stream& stream) -> Task<> {
        co_await read_head(stream);
        co_await answer(stream, "200 OK", "I do not read");
        co_await sleep(1h);
    };
    with_peer(deaf, [&](std::string url) -> Task<> {
        http::Client client;
        auto silent = co_await attempt(client.put(url).body(much_text()).silence_timeout(1s));
        CHECK(silent.failure().check<TimeoutError>());
        CHECK(silent.failure().message().find("sending the request") != std::string::npos);
        CHECK(client.connections() == 0);
    });
}
