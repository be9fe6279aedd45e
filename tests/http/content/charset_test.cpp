#include "http/content/charset.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/response.hpp>

#include <doctest/doctest.h>

using namespace corduroy::http;

namespace {

std::string text_of(std::string body, std::string_view content_type, std::string_view fallback = "utf-8") {
    return Response(200, std::move(body), content_type).text(fallback);
}

} // namespace

TEST_CASE("text is decoded from the charset of the content type, or the default, and a byte order mark goes first") {
    CHECK(text_of("J\xc3\xb6rg", "text/plain") == "J\xc3\xb6rg");
    CHECK(text_of("J\xf6rg", "text/plain; charset=ISO-8859-1") == "J\xc3\xb6rg");
    CHECK(text_of("J\xf6rg", "text/plain; a=\"b;\\\"c\"; CharSet=\"latin1\"") == "J\xc3\xb6rg");
    for (const char* type :
         {"text/plain;;charset=latin1", "text/plain; ; a; charset=latin1", "text/plain;a=;charset=latin1"})
        CHECK_MESSAGE(text_of("J\xf6rg", type) == "J\xc3\xb6rg", type);
    CHECK(text_of("J\xf6rg", "text/plain", "iso-8859-1") == "J\xc3\xb6rg");
    CHECK(text_of("\x80", "text/plain; charset=windows-1252") == "\xe2\x82\xac");
    CHECK(text_of("\x82\xb1", "text/plain; charset=Shift_JIS") == "\xe3\x81\x93");
    CHECK(text_of("\xef\xbb\xbfJ\xc3\xb6rg", "text/plain; charset=latin1") == "J\xc3\xb6rg");
    CHECK(text_of(std::string("\xff\xfeJ\0\xf6\0", 6), "text/plain") == "J\xc3\xb6");
    CHECK(text_of(std::string("\xfe\xff\0J\0\xf6", 6), "text/plain") == "J\xc3\xb6");
    CHECK(text_of(std::string("J\0\xf6\0", 4), "text/plain; charset=utf-16") == "J\xc3\xb6");
    std::string large(100'000, '\xe9');
    CHECK(text_of(large, "text/plain; charset=latin1").size() == 200'000);
    CHECK(Response(200, "x", "text/html; charset=KOI8-R").charset() == "KOI8-R");
    CHECK(Response(200, "x", "text/html").charset().empty());
}

TEST_CASE("what is malformed becomes U+FFFD, one for what could have begun a character") {
    const std::string r = "\xef\xbf\xbd";
    auto utf8 = [](std::string_view bytes) { return to_utf8(bytes, "utf-8"); };
    CHECK(utf8("a\xff z") == "a" + r + " z");
    CHECK(utf8("\xc0\x80") == r + r);                 // a long form
    CHECK(utf8("\xed\xa0\x80") == r + r + r);         // a surrogate
    CHECK(utf8("\xf4\x90\x80\x80") == r + r + r + r); // beyond U+10FFFF
    CHECK(utf8("\xe2\x82z") == r + "z");              // cut short
    CHECK(utf8("\xf0\x9f\x98") == r);
    CHECK(utf8("\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xb6") == "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xb6");
    CHECK(to_utf8("a\x82", "shift_jis") == "a" + r);
    CHECK(to_utf8(std::string("\0\xdcz\0", 4), "utf-16le") == r + "z");
}

TEST_CASE("a charset that is not known is an error that names it, and iconv is given no more than a name") {
    try {
        text_of("x", "text/plain; charset=klingon");
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) == "reading the body failed: its charset \"klingon\" is not known");
    }
    CHECK_THROWS_AS(to_utf8("x", "latin1//TRANSLIT"), Error);
    CHECK_THROWS_AS(to_utf8("x", ""), Error);
    CHECK_THROWS_AS(to_utf8("x", std::string(65, 'a')), Error);
}
