#include <corduroy/http/response_parser.hpp>

#include "http/replay.hpp"

using namespace corduroy::http;
using namespace corduroy::http::testing;
using namespace std::literals;

namespace {

struct Case {
    const char* claim;
    std::string_view bytes;
    std::string_view transcript;
    std::string_view method = "GET";
};

void check(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        CAPTURE(each.claim);
        CHECK(replay_response(each.bytes, each.method) == each.transcript);
    }
}

} // namespace

TEST_CASE("a body of a known size is given as it comes, and not a byte beyond it") {
    check({
        {"a sized body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloREST",
         "head HTTP/1.1 200 OK; sized 5; keep\nfield Content-Length: 5\nbody hello\ncomplete\nrest REST\n"},
        {"an empty sized body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nREST",
         "head HTTP/1.1 200 OK; sized 0; keep\nfield Content-Length: 0\ncomplete\nrest REST\n"},
        {"leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 0005\r\n\r\nhello",
         "head HTTP/1.1 200 OK; sized 5; keep\nfield Content-Length: 0005\nbody hello\ncomplete\n"},
        {"a size of 2^64-1 is a size", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhi",
         "head HTTP/1.1 200 OK; sized 18446744073709551615; keep\nfield Content-Length: 18446744073709551615\nbody hi\n"
         "error: reading the body failed: the server closed the connection after 2 of 18446744073709551615 bytes of "
         "the body\n"},
        {"an announced upgrade changes nothing",
         "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nabX",
         "head HTTP/1.1 200 OK; sized 2; keep\nfield Upgrade: h2c\nfield Connection: Upgrade\n"
         "field Content-Length: 2\nbody ab\ncomplete\nrest X\n"},
    });
}

TEST_CASE("chunks are put together, extensions dropped and trailers kept") {
    check({
        {"two chunks with extensions and trailers",
         "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n6;a=b;c=\"d e\";f\r\n world\r\n0\r\nT: v \r\nU:\r\n\r\nREST",
         "head HTTP/1.1 404 Not Found; chunked; keep\nfield Transfer-Encoding: chunked\nbody hello world\n"
         "trailer T: v\ntrailer U: \ncomplete\nrest REST\n"},
        {"no chunk but the last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nREST",
         "head HTTP/1.1 200 OK; chunked; keep\nfield Transfer-Encoding: chunked\ncomplete\nrest REST\n"},
        {"sizes in either case and with leading zeros",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n",
         "head HTTP/1.1 200 OK; chunked; keep\nfield Transfer-Encoding: CHUNKED\nbody "
         "01234567890123456789\ncomplete\n"},
        {"data that looks like chunk framing",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n",
         "head HTTP/1.1 200 OK; chunked; keep\nfield Transfer-Encoding: chunked\nbody 0\r\n\r\n\ncomplete\n"},
    });
}

TEST_CASE("a body without size and chunks ends where the stream ends") {
    check({
        {"some bytes", "HTTP/1.1 200 OK\r\n\r\nuntil close",
         "head HTTP/1.1 200 OK; until close; close\nbody until close\ncomplete\n"},
        {"none", "HTTP/1.1 200 OK\r\n\r\n", "head HTTP/1.1 200 OK; until close; close\ncomplete\n"},
        {"even where the server promises to keep the connection", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
         "head HTTP/1.0 200 OK; until close; close\nfield Connection: keep-alive\nbody x\ncomplete\n"},
    });
}

TEST_CASE("an answer that can have no body has none, whatever its head says") {
    check({
        {"204", "HTTP/1.1 204 No Content\r\n\r\nREST",
         "head HTTP/1.1 204 No Content; none; keep\ncomplete\nrest REST\n"},
        {"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nREST",
         "head HTTP/1.1 204 No Content; none; keep\nfield Content-Length: 4\ncomplete\nrest REST\n"},
        {"304 with the length of what it does not send", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\nREST",
         "head HTTP/1.1 304 Not Modified; none; keep\nfield Content-Length: 100\ncomplete\nrest REST\n"},
        {"to HEAD, sized", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nREST",
         "head HTTP/1.1 200 OK; none; keep\nfield Content-Length: 100\ncomplete\nrest REST\n", "HEAD"},
        {"to HEAD, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nREST",
         "head HTTP/1.1 200 OK; none; keep\nfield Transfer-Encoding: chunked\ncomplete\nrest REST\n", "HEAD"},
        {"to HEAD, neither", "HTTP/1.1 200 OK\r\n\r\nREST", "head HTTP/1.1 200 OK; none; keep\ncomplete\nrest REST\n",
         "HEAD"},
    });
}

TEST_CASE("after 101, and after success to CONNECT, the bytes are left alone") {
    check({
        {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\x01\x02",
         "head HTTP/1.1 101 Switching Protocols; none; close; upgraded\nfield Upgrade: x\nfield Connection: upgrade\n"
         "complete\nrest \x01\x02\n"},
        {"200 to CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
         "head HTTP/1.1 200 OK; none; close; upgraded\nfield Content-Length: 3\ncomplete\nrest abc\n", "CONNECT"},
        {"a refusal of CONNECT has a body", "HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nabc",
         "head HTTP/1.1 407 No; sized 3; keep\nfield Content-Length: 3\nbody abc\ncomplete\n", "CONNECT"},
    });
}

TEST_CASE("interim answers come before the final one, each with its fields") {
    check({
        {"100 and 103",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokREST",
         "interim HTTP/1.1 100 Continue\ninterim HTTP/1.1 103 Early Hints\nfield Link: x\n"
         "head HTTP/1.1 200 OK; sized 2; keep\nfield Content-Length: 2\nbody ok\ncomplete\nrest REST\n"},
        {"to HEAD", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nREST",
         "interim HTTP/1.1 100 Continue\nhead HTTP/1.1 200 OK; none; keep\nfield Content-Length: 2\ncomplete\nrest "
         "REST\n",
         "HEAD"},
        {"an end after one is an error", "HTTP/1.1 100 Continue\r\n\r\n",
         "interim HTTP/1.1 100 Continue\n"
         "error: reading the head failed: the server closed the connection before it answered\n"},
    });
}

TEST_CASE("status lines are read as servers write them") {
    check({
        {"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
         "head HTTP/1.1 200 ; sized 0; keep\nfield Content-Length: 0\ncomplete\n"},
        {"not even the space before it", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
         "head HTTP/1.1 200 ; sized 0; keep\nfield Content-Length: 0\ncomplete\n"},
        {"a reason beyond ASCII", "HTTP/1.1 200 D\xe9j\xe0 vu\r\nContent-Length: 0\r\n\r\n",
         "head HTTP/1.1 200 D\xe9j\xe0 vu; sized 0; keep\nfield Content-Length: 0\ncomplete\n"},
        {"a status nobody knows", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
         "head HTTP/1.1 999 Odd; sized 0; keep\nfield Content-Length: 0\ncomplete\n"},
        {"empty lines before it", "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
         "head HTTP/1.1 200 OK; sized 0; keep\nfield Content-Length: 0\ncomplete\n"},
    });
}

TEST_CASE("values lose the white space around them and keep what is inside") {
    check({
        {"white space", "HTTP/1.1 204 \r\nA:b\r\nB:  b \t c\t \r\nC:\r\nD: \r\nE: \t \r\nX-\xff: no\r\n\r\n",
         "error: reading the head failed: the answer is malformed: a header name holds a character that it may not "
         "hold\n"},
        {"white space", "HTTP/1.1 204 \r\nA:b\r\nB:  b \t c\t \r\nC:\r\nD: \r\nE: \t \r\nF: \xff\r\n\r\n",
         "head HTTP/1.1 204 ; none; keep\nfield A: b\nfield B: b \t c\nfield C: \nfield D: \nfield E: \n"
         "field F: \xff\ncomplete\n"},
    });
}

TEST_CASE("a head of many fields and long ones is the same however it is cut, and so is a small one after it") {
    std::string bytes = "HTTP/1.1 200 A Long Reason\r\n",
                transcript = "head HTTP/1.1 200 A Long Reason; sized 0; keep\n";
    for (std::size_t i = 0; i < 40; ++i) {
        std::string name = "X-" + std::string(i % 5 + 1, 'n'), value = i % 3 == 0 ? "" : std::string(i * i % 90, 'v');
        bytes += name + ":" + std::string(i % 3, ' ') + value + std::string(i % 4, '\t') + "\r\n";
        transcript += "field " + name + ": " + value + "\n";
    }
    bytes += "content-length: 0\r\n\r\n";
    transcript += "field content-length: 0\ncomplete\n";
    CHECK(replay_response(bytes) == transcript);
    ResponseParser parser;
    for (int round = 0; round < 2; ++round) {
        for (bool large : {true, false, true}) {
            std::string_view small = "HTTP/1.1 204 \r\nA: b\r\n\r\n";
            parser.begin("GET");
            std::string text = replay(parser, large ? std::string_view(bytes) : small, {});
            CHECK(text == (large ? transcript : "head HTTP/1.1 204 ; none; keep\nfield A: b\ncomplete\n"));
            if (round == 1) Headers taken = std::move(parser.head().headers);
        }
    }
}

TEST_CASE("a name, a value or a reason may come in three pieces") {
    std::string_view bytes = "\r\nHTTP/1.1 200 Fine by me\r\nA-Name:  a \t value \r\nB:\r\nTransfer-Encoding: chunked"
                             "\r\n\r\n0\r\nC-Name:d e  \r\nF: \r\n\r\n";
    ResponseParser parser;
    for (std::size_t first = 0; first < bytes.size(); ++first) {
        for (std::size_t second = first; second < bytes.size(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            parser.begin("GET");
            REQUIRE(replay(parser, bytes, {first, second}) ==
                    "head HTTP/1.1 200 Fine by me; chunked; keep\nfield A-Name: a \t value\nfield B: \n"
                    "field Transfer-Encoding: chunked\ntrailer C-Name: d e\ntrailer F: \ncomplete\n");
        }
    }
}

TEST_CASE("a connection is kept as version and Connection say") {
    auto keeps = [](std::string head) {
        std::string text = replay_response(head + "Content-Length: 0\r\n\r\n");
        return text.find("; keep\n") != std::string::npos;
    };
    CHECK(keeps("HTTP/1.1 200 OK\r\n"));
    CHECK(keeps("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"));
    CHECK(keeps("HTTP/1.1 200 OK\r\nConnection: closed\r\n"));
    CHECK(keeps("HTTP/1.1 200 OK\r\nX-Connection: close\r\n"));
    CHECK(keeps("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0 200 OK\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: foo, Close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: foo\r\nConnection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n"));
    // Chunks in HTTP/1.0 are read, but such a server is not asked again.
    CHECK(replay_response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") ==
          "head HTTP/1.0 200 OK; chunked; close\nfield Connection: keep-alive\nfield Transfer-Encoding: chunked\n"
          "complete\n");
}

TEST_CASE("answers that follow each other are told apart, and the parser keeps its memory") {
    std::string_view stream = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: first\r\n\r\na"
                              "HTTP/1.1 204 No Content\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\nT: u\r\n\r\n"
                              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc";
    ResponseParser parser;
    std::string bodies;
    for (std::size_t answer = 0; answer < 4; ++answer) {
        parser.begin("GET");
        CHECK_FALSE(parser.started());
        for (ParseEvent event = parser.next(stream); event != ParseEvent::complete; event = parser.next(stream)) {
            REQUIRE(event != ParseEvent::need_input);
            if (event == ParseEvent::body) bodies += parser.body();
        }
        CHECK(parser.started());
        CHECK(parser.next(stream) == ParseEvent::complete);
        CHECK(parser.finish() == ParseEvent::complete);
        CHECK(parser.trailers().size() == (answer == 2 ? 1 : 0));
        CHECK(parser.head().headers.contains("x") == (answer == 0));
    }
    CHECK(bodies == "abc");
    CHECK(stream.empty());
}

TEST_CASE("a body is given in the very bytes that were fed") {
    std::string_view bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    ResponseParser parser;
    parser.begin("GET");
    std::string_view input = bytes;
    REQUIRE(parser.next(input) == ParseEvent::head);
    CHECK(parser.body_received() == 0);
    REQUIRE(parser.next(input) == ParseEvent::body);
    CHECK(parser.body() == "abc");
    CHECK(parser.body().data() == bytes.data() + bytes.find("abc"));
    CHECK(parser.body_received() == 3);
    REQUIRE(parser.next(input) == ParseEvent::body);
    CHECK(parser.body().data() == bytes.data() + bytes.find("de"));
    CHECK(parser.body_received() == 5);
    CHECK(parser.next(input) == ParseEvent::complete);
}

TEST_CASE("a head can be taken away, and a parser moved, between events") {
    ResponseParser first;
    first.begin("GET");
    std::string_view input = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na";
    REQUIRE(first.next(input) == ParseEvent::head);
    ResponseHead head = std::move(first.head());
    ResponseParser second = std::move(first);
    REQUIRE(second.next(input) == ParseEvent::body);
    CHECK(second.next(input) == ParseEvent::need_input);
    input = "b";
    REQUIRE(second.next(input) == ParseEvent::body);
    CHECK(second.next(input) == ParseEvent::complete);
    CHECK(head.headers.get("content-length") == "2");
    second.begin("GET");
    input = "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n";
    REQUIRE(second.next(input) == ParseEvent::head);
    CHECK(second.head().status == 404);
    CHECK(second.head().headers.get("a") == "b");
    CHECK(head.reason == "OK");
}

TEST_CASE("the fields of a head that was received can be changed like any others") {
    for (std::size_t piece : {1u, 7u, 1000u}) {
        std::string_view bytes = "HTTP/1.1 204 No Content\r\nA: 1\r\nB-Long-Name: two words \r\na:3\r\nC:\r\n\r\n";
        ResponseParser parser;
        parser.begin("GET");
        ParseEvent event = ParseEvent::need_input;
        while (event == ParseEvent::need_input) {
            std::string copy(bytes.substr(0, piece));
            bytes.remove_prefix(std::min(piece, bytes.size()));
            std::string_view input = copy;
            event = parser.next(input);
        }
        REQUIRE(event == ParseEvent::head);
        Headers headers = parser.head().headers;
        CHECK(headers.get("b-long-name") == "two words");
        CHECK(headers.get("c") == "");
        headers.set("A", *headers.get("b-long-name"));
        CHECK(headers.remove("C") == 1);
        headers.add(headers[1].name, "more");
        CHECK(headers.combined("B-Long-Name") == "two words, more");
        CHECK(headers.get_all("a").size() == 1);
        CHECK(headers.size() == 3);
        // What the parser has is untouched.
        CHECK(parser.head().headers.size() == 4);
        CHECK(parser.head().headers.combined("A") == "1, 3");
    }
}

TEST_CASE("after an error nothing of a head is left to be read") {
    ResponseParser parser;
    parser.begin("GET");
    std::string_view input = "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE\r\n\r\n";
    CHECK_THROWS_AS(parser.next(input), ProtocolError);
    CHECK(parser.head().headers.empty());
}
