#include <corduroy/http/codec_limits.hpp>

#include "http/replay.hpp"

#include <string>
#include <string_view>

using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

bool passes(const std::string& transcript) { return transcript.ends_with("complete\n"); }

std::string padded_head(std::string_view start, std::size_t size) {
    std::string head = std::string(start) + "X: ";
    return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

} // namespace

TEST_CASE("the defaults are those of the documentation") {
    CodecLimits limits;
    CHECK(limits.head_bytes == 65536);
    CHECK(limits.fields == 100);
    CHECK(limits.interim_heads == 8);
}

TEST_CASE("a head may have as many bytes as the limit, and not one more") {
    CodecLimits limits;
    limits.head_bytes = 100;
    std::string start = "HTTP/1.1 204 No Content\r\n";
    CHECK(passes(replay_response(padded_head(start, 99), "GET", limits)));
    CHECK(passes(replay_response(padded_head(start, 100), "GET", limits)));
    CHECK(replay_response(padded_head(start, 101), "GET", limits) ==
          "too large: reading the head failed: the head has more than 100 bytes\n");
    // One that never ends is no better.
    CHECK(replay_response(start + repeated("A: b\r\n", 50), "GET", limits) ==
          "too large: reading the head failed: the head has more than 100 bytes\n");
    std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
    CHECK(passes(replay_request(padded_head(request, 99), limits)));
    CHECK(passes(replay_request(padded_head(request, 100), limits)));
    CHECK(replay_request(padded_head(request, 101), limits) ==
          "too large: reading the head failed: the head has more than 100 bytes\n");
}

TEST_CASE("what follows a head of the very limit is not counted with it") {
    CodecLimits limits;
    limits.head_bytes = 60;
    std::string head = padded_head("HTTP/1.1 200 OK\r\nContent-Length: 80\r\n", 60);
    CHECK(passes(replay_response(head + std::string(80, 'b'), "GET", limits)));
    // Each head counts for itself.
    std::string interim = padded_head("HTTP/1.1 100 Continue\r\n", 60);
    CHECK(passes(replay_response(interim + interim + head + std::string(80, 'b'), "GET", limits)));
}

TEST_CASE("the default bound of a head holds to the byte") {
    ResponseParser parser;
    std::string start = "HTTP/1.1 204 No Content\r\n";
    for (std::size_t size : {65535u, 65536u, 65537u}) {
        parser.begin("GET");
        CHECK(passes(replay(parser, padded_head(start, size), {})) == (size <= 65536));
        parser.begin("GET");
        CHECK(passes(replay(parser, padded_head(start, size), {1, 40000, 65535, 65536})) == (size <= 65536));
    }
}

TEST_CASE("a head may have as many fields as the limit, and not one more") {
    for (std::size_t fields : {99u, 100u, 101u}) {
        ResponseParser parser;
        std::string text = replay(parser, "HTTP/1.1 204 \r\n" + repeated("A:b\r\n", fields) + "\r\n", {});
        CHECK(passes(text) == (fields <= 100));
        if (fields > 100) CHECK(text == "too large: reading the head failed: the head has more than 100 fields\n");
    }
    CodecLimits limits;
    limits.fields = 3;
    for (std::size_t fields : {2u, 3u, 4u})
        CHECK(passes(replay_response("HTTP/1.1 204 \r\n" + repeated("A: b\r\n", fields) + "\r\n", "GET", limits)) ==
              (fields <= 3));
    // Interim heads and trailers are counted apart.
    std::string apart = "HTTP/1.1 100 \r\nA: b\r\nA: b\r\nA: b\r\n\r\nHTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n"
                        "A: b\r\nA: b\r\n\r\n0\r\nA: b\r\nA: b\r\nA: b\r\n";
    CHECK(passes(replay_response(apart + "\r\n", "GET", limits)));
    CHECK(replay_response(apart + "A: b\r\n\r\n", "GET", limits)
              .ends_with("too large: reading the body failed: the trailers have more than 3 fields\n"));
}

TEST_CASE("as many interim answers as the limit may come first, and not one more") {
    for (std::size_t interim : {7u, 8u, 9u}) {
        std::string bytes = repeated("HTTP/1.1 103 \r\n\r\n", interim) + "HTTP/1.1 204 \r\n\r\n";
        std::string text = replay_response(bytes);
        CHECK(passes(text) == (interim <= 8));
        if (interim > 8)
            CHECK(text.ends_with("too large: reading the head failed: the answer has more than 8 interim answers "
                                 "before the final one\n"));
    }
    CodecLimits limits;
    limits.interim_heads = 0;
    CHECK(passes(replay_response("HTTP/1.1 204 \r\n\r\n", "GET", limits)));
    CHECK_FALSE(passes(replay_response("HTTP/1.1 100 \r\n\r\nHTTP/1.1 204 \r\n\r\n", "GET", limits)));
}

TEST_CASE("the line before a chunk may have as many bytes as the limit, for each chunk") {
    CodecLimits limits;
    limits.chunk_line_bytes = 20;
    auto line = [](std::string_view size, std::size_t bytes) {
        return std::string(size) + ";" + std::string(bytes - size.size() - 3, 'x') + "\r\n";
    };
    for (std::size_t bytes : {19u, 20u, 21u}) {
        CAPTURE(bytes);
        std::string first = chunked_head + line("3", bytes) + "abc\r\n0\r\n\r\n";
        std::string second = chunked_head + line("3", 20) + "abc\r\n" + line("2", bytes) + "de\r\n0\r\n\r\n";
        std::string last = chunked_head + line("3", 20) + "abc\r\n" + line("0", bytes) + "\r\n";
        for (const std::string& text : {replay_response(first, "GET", limits), replay_response(second, "GET", limits),
                                        replay_response(last, "GET", limits)}) {
            CHECK(passes(text) == (bytes <= 20));
            if (bytes > 20)
                CHECK(text.ends_with(
                    "too large: reading the body failed: the line before a chunk has more than 20 bytes\n"));
        }
    }
    // Endless zeros are a line too.
    CHECK_FALSE(passes(replay_response(chunked_head + std::string(64, '0') + "\r\n\r\n", "GET", limits)));
}

TEST_CASE("trailers may have as many bytes as the limit, with the line that ends them") {
    CodecLimits limits;
    limits.trailer_bytes = 30;
    for (std::size_t bytes : {29u, 30u, 31u}) {
        CAPTURE(bytes);
        std::string text = replay_response(
            chunked_head + "1\r\na\r\n0\r\nT: " + std::string(bytes - 7, 'u') + "\r\n\r\n", "GET", limits);
        CHECK(passes(text) == (bytes <= 30));
        if (bytes > 30)
            CHECK(text.ends_with("too large: reading the body failed: the trailers have more than 30 bytes\n"));
    }
    limits.trailer_bytes = 2;
    CHECK(passes(replay_response(chunked_head + "0\r\n\r\n", "GET", limits)));
}

TEST_CASE("no limit bounds a body") {
    CodecLimits limits;
    limits.chunk_line_bytes = 5;
    limits.head_bytes = 60;
    std::string data(3000, 'x');
    ResponseParser parser(limits);
    parser.begin("GET");
    CHECK(
        passes(replay(parser, chunked_head + "bb8\r\n" + data + "\r\nbb8\r\n" + data + "\r\n0\r\n\r\n", {100, 2000})));
    CHECK(parser.body_received() == 6000);
}
