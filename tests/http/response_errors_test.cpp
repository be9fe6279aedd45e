#include <corduroy/http/response_parser.hpp>

#include "http/replay.hpp"

using namespace corduroy::http;
using namespace corduroy::http::testing;
using namespace std::literals;

namespace {

struct Case {
    std::string_view bytes;
    std::string_view words;
};

// Of what the transcript says last, the part that names the cause.
std::string cause(const std::string& transcript) {
    std::string last = transcript.substr(0, transcript.size() - 1);
    last = last.substr(last.rfind('\n') + 1);
    std::size_t failed = last.find(" failed: ");
    return failed == std::string::npos ? "no error: " + last : last.substr(failed + 9);
}

void check(std::string_view prefix, std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        std::string bytes = std::string(prefix) + std::string(each.bytes);
        CAPTURE(bytes);
        CHECK(cause(replay_response(bytes)) == each.words);
    }
}

} // namespace

TEST_CASE("what is no status line is an error that shows it") {
    check("", {
                  {"SSH-2.0-OpenSSH_9.2p1\r\n",
                   R"(the answer is malformed: it begins with "SSH-2.0-OpenSSH_9.2p1", which is no status line)"},
                  {"<html><body>hello, hello</body></html>",
                   R"(the answer is malformed: it begins with "<html><body>hello, hello...", which is no status line)"},
                  {"\x15\x03\x01\x02"sv,
                   R"(the answer is malformed: it begins with "\x15\x03\x01\x02", which is no status line)"},
                  {" HTTP/1.1 200 OK\r\n\r\n",
                   R"(the answer is malformed: it begins with " HTTP/1.1 200 OK", which is no status line)"},
                  {"http/1.1 200 OK\r\n\r\n",
                   R"(the answer is malformed: it begins with "http/1.1 200 OK", which is no status line)"},
                  {"ICY 200 OK\r\n\r\n",
                   R"(the answer is malformed: it begins with "ICY 200 OK", which is no status line)"},
                  {"RTSP/1.0 200 OK\r\n\r\n",
                   R"(the answer is malformed: it begins with "RTSP/1.0 200 OK", which is no status line)"},
              });
}

TEST_CASE("versions other than 1.0 and 1.1, and statuses that are none, are errors") {
    check("HTTP/",
          {
              {"2.0 200 OK\r\n\r\n",
               "the answer is malformed: its version is HTTP/2.0, and only HTTP/1.0 and HTTP/1.1 are spoken here"},
              {"0.9 200 OK\r\n\r\n",
               "the answer is malformed: its version is HTTP/0.9, and only HTTP/1.0 and HTTP/1.1 are spoken here"},
              {"1.2 200 OK\r\n\r\n", "the answer is malformed: its version is neither HTTP/1.0 nor HTTP/1.1"},
              {"11 200 OK\r\n\r\n", "the answer is malformed: its version is neither HTTP/1.0 nor HTTP/1.1"},
              {"1.1 20 OK\r\n\r\n", "the answer is malformed: its status is not a number of three digits"},
              {"1.1 2000 OK\r\n\r\n", "the answer is malformed: its status is not a number of three digits"},
              {"1.1 2x0 OK\r\n\r\n", "the answer is malformed: its status is not a number of three digits"},
              {"1.1  200 OK\r\n\r\n", "the answer is malformed: its status is not a number of three digits"},
              {"1.1 -20 OK\r\n\r\n", "the answer is malformed: its status is not a number of three digits"},
              {"1.1 099 OK\r\n\r\n", "the answer is malformed: its status is 99"},
              {"1.1 200 O\x01K\r\n\r\n", "the answer is malformed: its reason phrase holds a control character"},
              {"1.1 200 OK\nA: b\r\n\r\n", "the answer is malformed: a line does not end in CR LF"},
              {"1.1 200 OK\rA: b\r\n\r\n", "the answer is malformed: a line does not end in CR LF"},
          });
}

TEST_CASE("header lines that two readers could understand in two ways are errors") {
    constexpr std::string_view bad_name =
        "the answer is malformed: a header name holds a character that it may not hold";
    constexpr std::string_view bad_value =
        "the answer is malformed: a header value holds a character that it may not hold";
    constexpr std::string_view bad_end = "the answer is malformed: a line does not end in CR LF";
    constexpr std::string_view folded = "the answer is malformed: a header line begins with a space";
    check("HTTP/1.1 200 OK\r\n", {
                                     {"A : b\r\n\r\n", bad_name},
                                     {"A\t: b\r\n\r\n", bad_name},
                                     {": b\r\n\r\n", bad_name},
                                     {"A\r\n\r\n", bad_name},
                                     {"A b: c\r\n\r\n", bad_name},
                                     {"A(b): c\r\n\r\n", bad_name},
                                     {"A\0: c\r\n\r\n"sv, bad_name},
                                     {"A: b\r\n\n", bad_name},
                                     {" A: b\r\n\r\n", folded},
                                     {"A: b\r\n c\r\n\r\n", folded},
                                     {"A: b\r\n\tc\r\n\r\n", folded},
                                     {"A: b\n\r\n", bad_end},
                                     {"A: b\rC: d\r\n\r\n", bad_end},
                                     {"A: b\r\r\n\r\n", bad_end},
                                     {"A: b\r\n\rX", bad_end},
                                     {"A: b\0c\r\n\r\n"sv, bad_value},
                                     {"A: b\x01\r\n\r\n", bad_value},
                                     {"A: b\x7f\r\n\r\n", bad_value},
                                 });
}

TEST_CASE("lengths that contradict each other, or are none, are errors") {
    constexpr std::string_view no_number = "the answer is malformed: its Content-Length is not a number of bytes";
    constexpr std::string_view both = "the answer is malformed: it has both Content-Length and Transfer-Encoding";
    constexpr std::string_view twice = "the answer is malformed: it has more than one Content-Length";
    check(
        "HTTP/1.1 200 OK\r\n",
        {
            {"Content-Length: -1\r\n\r\n", no_number},
            {"Content-Length: +1\r\n\r\n", no_number},
            {"Content-Length: 0x10\r\n\r\n", no_number},
            {"Content-Length: 1 2\r\n\r\n", no_number},
            {"Content-Length: 1.0\r\n\r\n", no_number},
            {"Content-Length: 5, 5\r\n\r\n", no_number},
            {"Content-Length:\r\n\r\n", no_number},
            {"Content-Length: five\r\n\r\n", no_number},
            {"Content-Length: 18446744073709551616\r\n\r\n", no_number},
            {"Content-Length: 99999999999999999999999\r\n\r\n", no_number},
            {"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", twice},
            {"Content-Length: 5\r\nContent-length: 6\r\n\r\n", twice},
            {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", both},
            {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", both},
            {"Transfer-Encoding: gzip, chunked\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "gzip, chunked", and only chunked is understood here)"},
            {"Transfer-Encoding: gzip\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "gzip", and only chunked is understood here)"},
            {"Transfer-Encoding: identity\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "identity", and only chunked is understood here)"},
            {"Transfer-Encoding: xchunked\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "xchunked", and only chunked is understood here)"},
            {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "chunked, chunked", and only chunked is understood here)"},
            {"Transfer-Encoding: chunked;q=1\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "chunked;q=1", and only chunked is understood here)"},
            {"Transfer-Encoding:\r\n\r\n",
             R"(the answer is malformed: its Transfer-Encoding is "", and only chunked is understood here)"},
        });
}

TEST_CASE("chunks that are none are errors") {
    constexpr std::string_view bad_size =
        "the answer is malformed: the size of a chunk is not a hexadecimal number of bytes";
    constexpr std::string_view bad_end = "the answer is malformed: a line does not end in CR LF";
    constexpr std::string_view too_long = "the answer is malformed: a chunk is longer than its size says";
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          {
              {"g\r\nhello\r\n0\r\n\r\n", bad_size},
              {"\r\nhello\r\n0\r\n\r\n", bad_size},
              {"-1\r\nhello\r\n0\r\n\r\n", bad_size},
              {"0x5\r\nhello\r\n0\r\n\r\n", bad_size},
              {" 5\r\nhello\r\n0\r\n\r\n", bad_size},
              {"5 \r\nhello\r\n0\r\n\r\n", bad_size},
              {"10000000000000000\r\nhello", bad_size},
              {"5\nhello\r\n0\r\n\r\n", bad_end},
              {"5\r\nhello\n0\r\n\r\n", too_long},
              {"5\r\nhello!\r\n0\r\n\r\n", too_long},
              {"0\r\n\n", "the answer is malformed: a header name holds a character that it may not hold"},
              {"0\r\nT: v\n\r\n", bad_end},
              {"0\r\nContent-Length: 3\r\n\r\n",
               "the answer is malformed: it has both Content-Length and Transfer-Encoding"},
          });
}

TEST_CASE("an answer cut short says how much of it came, and is never complete") {
    check(
        "HTTP/1.1 200 OK\r\n",
        {
            {"Co", "the server closed the connection after 19 bytes"},
            {"Content-Length: 10\r\n\r\nhel", "the server closed the connection after 3 of 10 bytes of the body"},
            {"Content-Length: 1\r\n\r\n", "the server closed the connection after 0 of 1 byte of the body"},
            {"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
             "the server closed the connection after 5 bytes of a chunked body, before its last chunk"},
            {"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nab",
             "the server closed the connection after 7 bytes of a chunked body, inside a chunk, of which 2 of 3 bytes "
             "had come"},
            {"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n",
             "the server closed the connection after 1 byte of a chunked body, inside its trailers"},
            {"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r",
             "the server closed the connection after 1 byte of a chunked body, inside its trailers"},
        });
    CHECK(cause(replay_response("")) == "the server closed the connection before it answered");

    std::string_view whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: v\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ResponseParser parser;
        CHECK_MESSAGE(replay(parser, whole.substr(0, size), {}).find("complete") == std::string::npos, size);
    }
}

TEST_CASE("an error tells its phase, has no URL yet, and the parser wants a new beginning") {
    ResponseParser parser;
    parser.begin("GET");
    std::string_view input = "HTTP/1.1 200 OK\r\nA\r\n\r\n";
    try {
        parser.next(input);
        FAIL("no error");
    } catch (const ProtocolError& error) {
        CHECK(error.phase() == Phase::head);
        CHECK(error.url().empty());
    }
    CHECK_THROWS_AS(parser.next(input), ProtocolError);
    CHECK_THROWS_AS(parser.finish(), ProtocolError);
    parser.begin("GET");
    input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx";
    CHECK(parser.next(input) == ParseEvent::head);
    try {
        parser.next(input);
        FAIL("no error");
    } catch (const ProtocolError& error) {
        CHECK(error.phase() == Phase::body);
    }
}
