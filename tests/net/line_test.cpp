#include <corduroy/net/stream.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "net/both_kernels.hpp"

#include <string>
#include <vector>

using namespace corduroy;
using namespace corduroy::net;
using namespace corduroy::testing;
using namespace std::chrono_literals;

namespace {

// Sends the text in pieces of that many bytes, each in a segment of its own, and then the end.
Task<> send_in_pieces(Stream& stream, std::string text, std::size_t size) {
    for (std::size_t at = 0; at < text.size(); at += size) {
        co_await stream.write_all(std::string_view(text).substr(at, size));
        co_await sleep(1ms);
    }
    co_await stream.shutdown();
}

using Lines = std::vector<std::string>;

Task<Lines> all_lines(Stream& stream, std::size_t limit) {
    Lines lines;
    for (;;) {
        auto line = co_await stream.read_line(limit);
        if (!line) co_return lines;
        lines.push_back(*line);
    }
}

// The lines that arrive of `text` cut into pieces of `size` bytes.
Lines lines_of(const std::string& text, std::size_t size, std::size_t limit = BufferedReader::default_limit) {
    Lines lines;
    auto body = [&]() -> Task<> {
        auto [client, server] = stream_pair();
        auto reading = all_lines(server, limit);
        auto sending = send_in_pieces(client, text, size);
        auto results = co_await gather(std::move(reading), std::move(sending));
        lines = std::get<0>(results);
    };
    run_test(body);
    return lines;
}

} // namespace

TEST_SUITE("line") {
    TEST_CASE("lines are the same whatever pieces they come in") {
        struct Case {
            std::string text;
            Lines lines;
        };
        const Case cases[] = {
            {"", {}},
            {"\n", {""}},
            {"\r\n", {""}},
            {"one\ntwo\r\nthree", {"one", "two", "three"}},
            {"\r\r\n\n\r\n", {"\r", "", ""}},
            {"a\rb\r\n", {"a\rb"}},
            {std::string("nul\0byte\n", 9), {std::string("nul\0byte", 8)}},
        };
        for (const Case& one : cases) {
            for (std::size_t size = 1; size <= one.text.size() + 1; ++size) {
                CAPTURE(one.text);
                CAPTURE(size);
                CHECK((lines_of(one.text, size) == one.lines));
            }
        }
    }

    TEST_CASE("a line as long as the limit is read, one byte more is too long") {
        for (std::size_t size = 1; size <= 12; ++size) {
            CAPTURE(size);
            CHECK((lines_of("1234567890\r\n1234567890\n", size, 10) == Lines{"1234567890", "1234567890"}));
            CHECK((lines_of("123456789\n", size, 10) == Lines{"123456789"}));
            CHECK_THROWS_AS(lines_of("12345678901\r\n", size, 10), TooLong);
            CHECK_THROWS_AS(lines_of("12345678901\n", size, 10), TooLong);
            CHECK_THROWS_AS(lines_of("12345678901", size, 10), TooLong);
            CHECK_THROWS_AS(lines_of("1234567890\r1\n", size, 10), TooLong);
        }
    }

    TEST_CASE("a line that is too long names peer and limit, and its bytes are still there") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            co_await client.write_all("a longer line\n");
            auto outcome = co_await attempt(server.read_line(5));
            CHECK(outcome.failure().message() == "a line from unix:(unnamed) is longer than 5 bytes");
            auto line = co_await server.read_line();
            CHECK((line == "a longer line"));
        };
        run_test(body);
    }

    TEST_CASE("the default limit of a line is 64 KiB") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            client.write_soon(std::string(65536, 'x') + "\r\n" + std::string(65537, 'y') + "\n");
            auto line = co_await server.read_line();
            CHECK(line->size() == 65536);
            auto outcome = co_await attempt(server.read_line());
            CHECK(outcome.failure().check<TooLong>());
        };
        run_test(body);
    }

    TEST_CASE("read_until takes the delimiter out, whatever pieces it comes in") {
        for (std::size_t size = 1; size <= 20; ++size) {
            CAPTURE(size);
            auto body = [&]() -> Task<> {
                auto [client, server] = stream_pair();
                auto read = [&]() -> Task<> {
                    auto part = co_await server.read_until("\r\n\r\n", 7);
                    CHECK((part == "one\r\n\r"));
                    part = co_await server.read_until("\r\n\r\n");
                    CHECK((part == "two"));
                    part = co_await server.read_until("\r\n\r\n");
                    CHECK((part == ""));
                    auto outcome = co_await attempt(server.read_until("\r\n\r\n"));
                    CHECK(outcome.failure().message() ==
                          "read from unix:(unnamed) failed: the stream ended after 4 bytes without the delimiter");
                    std::string rest = co_await server.read_exactly(4);
                    CHECK(rest == "rest");
                    part = co_await server.read_until("\r\n\r\n");
                    CHECK_FALSE(part.has_value());
                };
                auto sending = send_in_pieces(client, "one\r\n\r\r\n\r\ntwo\r\n\r\n\r\n\r\nrest", size);
                auto reading = read();
                co_await gather(std::move(reading), std::move(sending));
            };
            run_test(body);
        }
    }

    TEST_CASE("read_until bounds what comes before the delimiter") {
        for (std::size_t size = 1; size <= 8; ++size) {
            CAPTURE(size);
            auto body = [&](std::size_t limit) -> Task<> {
                auto [client, server] = stream_pair();
                auto sending = send_in_pieces(client, "12345--", size);
                auto reading = server.read_until("--", limit);
                auto results = co_await gather(std::move(reading), std::move(sending));
                CHECK((std::get<0>(results) == "12345"));
            };
            run_test([&] { return body(5); });
            run_test([&] { return body(6); });
            CHECK_THROWS_AS(run_test([&] { return body(4); }), TooLong);
        }
    }

    TEST_CASE("read_exactly says where the stream ended instead, and loses nothing") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            co_await client.write_all("12345");
            co_await client.shutdown();
            std::string part = co_await server.read_exactly(2);
            CHECK(part == "12");
            part = co_await server.read_exactly(0);
            CHECK(part.empty());
            auto outcome = co_await attempt(server.read_exactly(4));
            CHECK(outcome.failure().message() ==
                  "read of 4 bytes from unix:(unnamed) failed: the stream ended after 3");
            CHECK(outcome.failure().check<EndOfStream>());
            CHECK(server.buffered() == "345");
            ReceivedBytes rest = co_await server.receive();
            CHECK((rest.text() == "345"));
        };
        on_both_kernels(body);
    }

    TEST_CASE("read_all is bounded") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            co_await client.write_all("12345");
            co_await client.shutdown();
            auto outcome = co_await attempt(server.read_all(4));
            CHECK(outcome.failure().check<TooLong>());
            std::string text = co_await server.read_all(5);
            CHECK(text == "12345");
        };
        run_test(body);
    }

    TEST_CASE("a line whose reading was cancelled again and again arrives whole") {
        auto body = [&]() -> Task<> {
            auto [client, server] = stream_pair();
            auto read = [&]() -> Task<> {
                int timeouts = 0;
                for (;;) {
                    auto line = co_await attempt(timeout(300us, server.read_line()));
                    if (!line) {
                        REQUIRE(line.failure().check<TimeoutError>());
                        ++timeouts;
                        continue;
                    }
                    CHECK((line.value() == "a line in many pieces"));
                    break;
                }
                CHECK(timeouts > 21);
            };
            auto reading = read();
            auto sending = send_in_pieces(client, "a line in many pieces\n", 1);
            co_await gather(std::move(reading), std::move(sending));
        };
        run_test(body);
    }
}
