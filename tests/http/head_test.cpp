#include <corduroy/http/request_head.hpp>
#include <corduroy/http/response_head.hpp>

#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/status.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using namespace corduroy::http;
using namespace std::literals;

namespace {

std::string request_line(std::string_view method, std::string_view target) {
    std::string out;
    try {
        append_request_line(out, method, target);
    } catch (const Error& error) {
        CHECK(error.phase() == Phase::send);
        CHECK(out.empty());
        return error.reason();
    }
    return out;
}

} // namespace

TEST_CASE("a request head is written with Host first") {
    RequestHead head{"GET", "/a?b", Version::http_1_1, {{"Accept", "*/*"}, {"host", "h:81"}, {"X", ""}}};
    std::string out = "before";
    append_head(out, head);
    CHECK(out == "beforeGET /a?b HTTP/1.1\r\nhost: h:81\r\nAccept: */*\r\nX: \r\n\r\n");
    head.clear();
    CHECK(head.method.empty());
    CHECK(head.headers.empty());
}

TEST_CASE("a request head can be written from its pieces") {
    std::string out;
    append_request_line(out, "M-SEARCH", "*", Version::http_1_0);
    append_field(out, "Host", " h ");
    append_fields(out, {{"A", "b"}, {"C", "d"}});
    append_end_of_head(out);
    CHECK(out == "M-SEARCH * HTTP/1.0\r\nHost: h\r\nA: b\r\nC: d\r\n\r\n");
    CHECK_THROWS_AS(append_field(out, "A", "b\r\nC: d"), Error);
    CHECK_THROWS_AS(append_field(out, "A b", "c"), Error);
}

TEST_CASE("no method and no target can end the request line early") {
    CHECK(request_line("GET", "/") == "GET / HTTP/1.1\r\n");
    for (std::string_view method : {""sv, "G T"sv, "GET\r\n"sv, "G\0T"sv, "GET:"sv, "\xc3\xa9"sv})
        CHECK(request_line(method, "/") == "the method is not a token of letters and digits");
    CHECK(request_line("GET", "") == "the request target is empty");
    CHECK(request_line("GET", "/ HTTP/1.1") ==
          "the request target holds the character 0x20, which must be percent-encoded");
    CHECK(request_line("GET", "/\r\nA: b") ==
          "the request target holds the character 0x0d, which must be percent-encoded");
    CHECK(request_line("GET", "/\n") == "the request target holds the character 0x0a, which must be percent-encoded");
    CHECK(request_line("GET", "/\0"sv) == "the request target holds the character 0x00, which must be percent-encoded");
    CHECK(request_line("GET", "/\xc3") == "the request target holds the character 0xc3, which must be percent-encoded");
    CHECK(request_line("GET", "/\x7f") == "the request target holds the character 0x7f, which must be percent-encoded");
}

TEST_CASE("a response head is written with the usual words where it has none of its own") {
    std::string out;
    append_head(out, ResponseHead{Version::http_1_1, 404, "", {{"A", "b"}}});
    append_head(out, ResponseHead{Version::http_1_0, 200, "Fine", {}});
    append_head(out, ResponseHead{Version::http_1_1, 299, "", {}});
    CHECK(out == "HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nHTTP/1.0 200 Fine\r\n\r\nHTTP/1.1 299 \r\n\r\n");
}

TEST_CASE("a status is of three digits, and its words stay on their line") {
    std::string out;
    CHECK_THROWS_AS(append_status_line(out, 99), Error);
    CHECK_THROWS_AS(append_status_line(out, 1000), Error);
    CHECK_THROWS_AS(append_status_line(out, 200, "OK\r\nA: b"), Error);
    CHECK_THROWS_AS(append_status_line(out, 200, "O\0K"sv), Error);
    CHECK(out.empty());
    append_status_line(out, 100);
    append_status_line(out, 999);
    CHECK(out == "HTTP/1.1 100 Continue\r\nHTTP/1.1 999 \r\n");
}

TEST_CASE("statuses and methods have the properties of RFC 9110") {
    CHECK(reason_phrase(200) == "OK");
    CHECK(reason_phrase(431) == "Request Header Fields Too Large");
    CHECK(reason_phrase(299).empty());
    for (int status : {100, 101, 103, 199, 204, 304}) CHECK_FALSE(status_has_body(status));
    for (int status : {200, 205, 206, 301, 404, 500, 999}) CHECK(status_has_body(status));
    for (int status : {301, 302, 303, 307, 308}) CHECK(is_redirect_status(status));
    for (int status : {200, 300, 304, 305, 306, 400}) CHECK_FALSE(is_redirect_status(status));
    for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) CHECK(is_safe_method(method));
    for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) CHECK(is_idempotent_method(method));
    for (const char* method : {"POST", "PATCH", "CONNECT", "get", ""}) CHECK_FALSE(is_idempotent_method(method));
    for (const char* method : {"PUT", "DELETE"}) CHECK_FALSE(is_safe_method(method));
    for (const char* method : {"POST", "PUT", "PATCH"}) CHECK(method_expects_body(method));
    CHECK_FALSE(method_expects_body("GET"));
    CHECK(is_valid_method("M-SEARCH"));
    CHECK_FALSE(is_valid_method("A B"));
    CHECK(to_string(Version::http_1_0) == "HTTP/1.0");
}
