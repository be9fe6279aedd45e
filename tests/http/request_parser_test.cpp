#include <corduroy/http/request_parser.hpp>

#include "http/replay.hpp"

using namespace corduroy::http;
using namespace corduroy::http::testing;
using namespace std::literals;

namespace {

struct Case {
    std::string_view bytes;
    std::string_view transcript;
};

void check(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        CAPTURE(each.bytes);
        CHECK(replay_request(each.bytes) == each.transcript);
    }
}

int refusal(std::string_view bytes, const CodecLimits& limits = {}) {
    RequestParser parser(limits);
    std::string text = replay(parser, bytes, {});
    CAPTURE(text);
    CHECK(text.find(" failed: ") != std::string::npos);
    return parser.refusal_status();
}

} // namespace

TEST_CASE("a method, a target or a field may come in three pieces") {
    std::string_view bytes = "DELETE /a?b HTTP/1.1\r\nHost: h.test \r\nEmpty:\r\n\r\n";
    RequestParser parser;
    for (std::size_t first = 0; first < bytes.size(); ++first) {
        for (std::size_t second = first; second < bytes.size(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            parser.begin();
            REQUIRE(replay(parser, bytes, {first, second}) ==
                    "head DELETE /a?b HTTP/1.1; none; keep\nfield Host: h.test\nfield Empty: \ncomplete\n");
        }
    }
}

TEST_CASE("requests are read with each kind of body, and what follows them is left") {
    check({
        {"GET /a?b HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP",
         "head GET /a?b HTTP/1.1; none; keep\nfield Host: h\ncomplete\nrest GET /2 HTTP\n"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabcREST",
         "head POST / HTTP/1.1; sized 3; keep; continue\nfield Host: h\nfield Content-Length: 3\n"
         "field Expect: 100-Continue\nbody abc\ncomplete\nrest REST\n"},
        {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\nREST",
         "head PUT / HTTP/1.1; chunked; keep\nfield Host: h\nfield Transfer-Encoding: chunked\nbody abc\n"
         "trailer T: v\ncomplete\nrest REST\n"},
        {"DELETE / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
         "head DELETE / HTTP/1.1; none; close\nfield Host: \nfield Connection: close\ncomplete\n"},
        {"GET / HTTP/1.0\r\n\r\n", "head GET / HTTP/1.0; none; close\ncomplete\n"},
        {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
         "1\r\na\r\n0\r\n\r\n",
         "head POST / HTTP/1.0; chunked; close\nfield Expect: 100-continue\nfield Transfer-Encoding: chunked\n"
         "field Connection: keep-alive\nbody a\ncomplete\n"},
    });
}

TEST_CASE("all forms of target are taken as they are") {
    check({
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "head OPTIONS * HTTP/1.1; none; keep\nfield Host: h\ncomplete\n"},
        {"GET / HTTP/1.1\r\nHost: [::1%25lo]:80\r\n\r\n",
         "head GET / HTTP/1.1; none; keep\nfield Host: [::1%25lo]:80\ncomplete\n"},
        {"GET / HTTP/1.1\r\nHost: a_b.%C3%A9-c~:8080\r\n\r\n",
         "head GET / HTTP/1.1; none; keep\nfield Host: a_b.%C3%A9-c~:8080\ncomplete\n"},
        {"GET http://h:80/x?y HTTP/1.1\r\nHost: h\r\n\r\n",
         "head GET http://h:80/x?y HTTP/1.1; none; keep\nfield Host: h\ncomplete\n"},
        {"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\nbin",
         "head CONNECT h:443 HTTP/1.1; none; keep; upgrade\nfield Host: h\ncomplete\nrest bin\n"},
        {"GET /%00/../a//b?c?d HTTP/1.1\r\nHost: h\r\n\r\n",
         "head GET /%00/../a//b?c?d HTTP/1.1; none; keep\nfield Host: h\ncomplete\n"},
    });
}

TEST_CASE("an offered upgrade is told, and the request is complete with its body") {
    check({
        {"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\nbin",
         "head GET /chat HTTP/1.1; none; keep; upgrade\nfield Host: h\nfield Upgrade: websocket\n"
         "field Connection: keep-alive, Upgrade\ncomplete\nrest bin\n"},
        {"POST /chat HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nabbin",
         "head POST /chat HTTP/1.1; sized 2; keep; upgrade\nfield Host: h\nfield Upgrade: x\n"
         "field Connection: Upgrade\nfield Content-Length: 2\nbody ab\ncomplete\nrest bin\n"},
        {"POST /chat HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2\r\nab\r\n0\r\n\r\nbin",
         "head POST /chat HTTP/1.1; chunked; keep; upgrade\nfield Host: h\nfield Upgrade: x\n"
         "field Connection: Upgrade\nfield Transfer-Encoding: chunked\nbody ab\ncomplete\nrest bin\n"},
    });
}

TEST_CASE("a stream may end between requests and nowhere else") {
    check({
        {"", "end\n"},
        {"\r\n\r\n", "end\n"},
        {"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "head GET / HTTP/1.1; none; keep\nfield Host: h\ncomplete\n"},
        {"G", "error: reading the head failed: the client closed the connection after 1 byte\n"},
        {"GET / HTTP/1.1\r\nHost: h\r\n",
         "error: reading the head failed: the client closed the connection after 25 bytes\n"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab",
         "head POST / HTTP/1.1; sized 3; keep\nfield Host: h\nfield Content-Length: 3\nbody ab\n"
         "error: reading the body failed: the client closed the connection after 2 of 3 bytes of the body\n"},
    });
}

TEST_CASE("malformed requests are refused with the status that fits") {
    struct Refused {
        std::string_view bytes;
        std::string_view words;
        int status;
    };
    constexpr std::string_view shape =
        "its first line is not a method, a target and HTTP's version with single spaces between them";
    constexpr std::string_view target = "its target holds a character that it may not hold";
    constexpr std::string_view name = "a header name holds a character that it may not hold";
    constexpr std::string_view host = "its Host holds a character that no host or port may hold";
    constexpr std::string_view both = "it has both Content-Length and Transfer-Encoding";
    const Refused table[] = {
        {"GET / HTTP/1.1\r\n\r\n", "it has no Host", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "it has more than one Host", 400},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "it has more than one Host", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", host, 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", host, 400},
        {"GET / HTTP/1.0\r\nHost: user@a\r\n\r\n", host, 400},
        {"GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", host, 400},
        {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", R"(its target holds a "#", and fragments are not sent)", 400},
        {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", R"(its target is "*", which is for OPTIONS alone)", 400},
        {"GET / RTSP/1.0\r\n\r\n", shape, 400},
        {"GET / ICE/1.0\r\n\r\n", shape, 400},
        {"SOURCE / ICE/1.0\r\n\r\n", shape, 400},
        {"DESCRIBE / RTSP/1.0\r\n\r\n", shape, 400},
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", shape, 400},
        {"GET /  HTTP/1.1\r\nHost: h\r\n\r\n", shape, 400},
        {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", "its first line does not end in CR LF", 400},
        {"GET / HTTP/1.1\nHost: h\r\n\r\n", "its first line does not end in CR LF", 400},
        {"GET /\r\n\r\n", "its version is HTTP/0.9, and only HTTP/1.0 and HTTP/1.1 are spoken here", 505},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "its version is HTTP/2.0, and only HTTP/1.0 and HTTP/1.1 are spoken here",
         505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "its version is HTTP/2.0, and only HTTP/1.0 and HTTP/1.1 are spoken here",
         505},
        {"GET / HTTP/1.7\r\nHost: h\r\n\r\n", "its version is neither HTTP/1.0 nor HTTP/1.1", 505},
        {"FOO / HTTP/1.1\r\nHost: h\r\n\r\n", R"(it begins with "FOO / HTTP/1.1", which is no method known here)", 501},
        {"get / HTTP/1.1\r\nHost: h\r\n\r\n", R"(it begins with "get / HTTP/1.1", which is no method known here)", 501},
        {"\x16\x03\x01\x02", R"(it begins with "\x16\x03\x01\x02", which is no method known here)", 400},
        {"GET /\tx HTTP/1.1\r\nHost: h\r\n\r\n", target, 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", target, 400},
        {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", target, 400},
        {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", name, 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n x\r\n\r\n", "a header line begins with a space", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", both, 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", both, 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\nabc",
         R"(its Transfer-Encoding is "gzip, chunked", and only chunked is understood here)", 501},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\nabc",
         "its Transfer-Encoding does not end in chunked", 400},
    };
    for (const Refused& each : table) {
        CAPTURE(each.bytes);
        CHECK(replay_request(each.bytes) ==
              "error: reading the head failed: the request is malformed: " + std::string(each.words) + "\n");
        CHECK(refusal(each.bytes) == each.status);
    }
}

TEST_CASE("a request too large is refused by what was too large in it") {
    CodecLimits limits;
    limits.head_bytes = 64;
    limits.fields = 3;
    CHECK(refusal("GET /" + std::string(80, 'a'), limits) == 414);
    CHECK(refusal("GET / HTTP/1.1\r\nHost: " + std::string(80, 'a'), limits) == 431);
    CHECK(refusal("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\n\r\n", limits) == 431);
}

TEST_CASE("requests sent without waiting are read one after the other") {
    std::string_view stream = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                              "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
                              "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n";
    RequestParser parser;
    std::string seen;
    while (!stream.empty()) {
        for (ParseEvent event = parser.next(stream); event != ParseEvent::complete; event = parser.next(stream)) {
            REQUIRE(event != ParseEvent::need_input);
            if (event == ParseEvent::head) seen += parser.head().target;
            if (event == ParseEvent::body) seen += parser.body();
        }
        parser.begin();
    }
    CHECK(seen == "/1/2ab/3");
    CHECK(parser.finish() == ParseEvent::end);
}
