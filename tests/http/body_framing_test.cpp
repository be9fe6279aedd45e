#include <corduroy/http/body_framing.hpp>

#include <corduroy/base/error.hpp>

#include "http/replay.hpp"

#include <cstdint>
#include <limits>
#include <string>

using namespace corduroy::http;
using namespace corduroy::http::testing;

TEST_CASE("a request's body is framed by its size, and by chunks where that is unknown") {
    CHECK(request_framing("GET", 0) == BodyFraming::none);
    CHECK(request_framing("DELETE", 0) == BodyFraming::none);
    CHECK(request_framing("POST", 0) == BodyFraming::sized);
    CHECK(request_framing("PATCH", 0) == BodyFraming::sized);
    CHECK(request_framing("GET", 1) == BodyFraming::sized);
    CHECK(request_framing("POST", std::nullopt) == BodyFraming::chunked);
}

TEST_CASE("an answer's body is framed by what was asked and what the client understands") {
    constexpr Version old = Version::http_1_0;
    constexpr Version now = Version::http_1_1;
    CHECK(response_framing("GET", now, 200, 0) == BodyFraming::sized);
    CHECK(response_framing("GET", now, 200, std::nullopt) == BodyFraming::chunked);
    CHECK(response_framing("GET", old, 200, std::nullopt) == BodyFraming::until_close);
    CHECK(response_framing("GET", old, 200, 5) == BodyFraming::sized);
    CHECK(response_framing("HEAD", now, 200, 5) == BodyFraming::none);
    CHECK(response_framing("GET", now, 304, 5) == BodyFraming::none);
    CHECK(response_framing("GET", now, 204, std::nullopt) == BodyFraming::none);
    CHECK(response_framing("GET", now, 101, std::nullopt) == BodyFraming::none);
    CHECK(response_framing("CONNECT", now, 200, std::nullopt) == BodyFraming::none);
    CHECK(response_framing("CONNECT", now, 407, 3) == BodyFraming::sized);
}

TEST_CASE("the fields say the framing and nothing else about it") {
    Headers headers{{"Content-Length", "9"}, {"A", "b"}, {"transfer-encoding", "gzip"}, {"content-length", "8"}};
    set_framing(headers, BodyFraming::sized, 18446744073709551615u);
    CHECK(headers.get("content-length") == "18446744073709551615");
    CHECK(headers.size() == 2);
    set_framing(headers, BodyFraming::chunked);
    CHECK(headers.get("transfer-encoding") == "chunked");
    CHECK(headers.size() == 2);
    set_framing(headers, BodyFraming::none);
    CHECK(headers.size() == 1);
    set_framing(headers, BodyFraming::until_close);
    CHECK(headers.size() == 1);
}

TEST_CASE("a Content-Length is a number, or there is none") {
    Headers headers;
    CHECK(content_length(headers) == std::nullopt);
    headers.set("content-length", "18446744073709551615");
    CHECK(content_length(headers) == std::numeric_limits<std::uint64_t>::max());
    for (const char* wrong : {"", "12x", "-1", "18446744073709551616"}) {
        headers.set("content-length", wrong);
        CHECK_THROWS_AS(content_length(headers), corduroy::Error);
    }
}

TEST_CASE("a chunk prefix is the size in hexadecimal") {
    CHECK(ChunkPrefix(0).text() == "0\r\n");
    CHECK(ChunkPrefix(1).text() == "1\r\n");
    CHECK(ChunkPrefix(15).text() == "f\r\n");
    CHECK(ChunkPrefix(16).text() == "10\r\n");
    CHECK(ChunkPrefix(0xabcdef).text() == "abcdef\r\n");
    CHECK(ChunkPrefix(SIZE_MAX).text() == "ffffffffffffffff\r\n");
}

TEST_CASE("what is written in chunks is read as it was") {
    std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    append_chunk(bytes, "hello");
    append_chunk(bytes, "");
    append_chunk(bytes, " to the whole world out there");
    std::string without = bytes + std::string(end_of_chunks);
    append_end_of_chunks(bytes, {{"T", "u"}});
    std::string head = "head HTTP/1.1 200 OK; chunked; keep\nfield Transfer-Encoding: chunked\n"
                       "body hello to the whole world out there\n";
    CHECK(replay_response(bytes) == head + "trailer T: u\ncomplete\n");
    CHECK(replay_response(without) == head + "complete\n");
}
