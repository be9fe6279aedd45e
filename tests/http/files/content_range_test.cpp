// What an answer says of a part, and whether the rest of it can be asked for.

#include <corduroy/http/files/content_range.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>

using namespace corduroy;

namespace {

http::Headers with(std::initializer_list<std::pair<const char*, const char*>> fields) {
    http::Headers headers;
    for (auto [name, value] : fields) headers.add(name, value);
    return headers;
}

} // namespace

TEST_SUITE("http") {
    TEST_CASE("a Content-Range is read, or is none") {
        auto read = [](const char* text) { return http::ContentRange::of(with({{"Content-Range", text}})); };
        auto part = read("bytes 5-9/10");
        REQUIRE(part);
        CHECK(part->first == 5);
        CHECK(part->size == 10);
        auto unknown = read("bytes 18446744073709551615-18446744073709551615/*");
        REQUIRE(unknown);
        CHECK(unknown->first == 18446744073709551615u);
        CHECK(!unknown->size);
        auto none = read("bytes */10");
        REQUIRE(none);
        CHECK(!none->first);
        CHECK(none->size == 10);
        for (const char* text : {"", "bytes", "bytes 5-9", "pages 5-9/10", "bytes -9/10", "bytes x-9/10", "bytes /10",
                                 "bytes 18446744073709551616-2/*", "bytes  5-9/10"})
            CHECK_MESSAGE(!read(text), text);
        CHECK(!http::ContentRange::of({}));
    }

    TEST_CASE("the rest can be asked for of what has a strong name, and is not encoded") {
        const char* date = "Sat, 28 Nov 2026 10:00:00 GMT";
        CHECK(http::range_validator(with({{"ETag", "\"a\""}, {"Last-Modified", date}})) == "\"a\"");
        CHECK(http::range_validator(with({{"ETag", "W/\"a\""}, {"Last-Modified", date}})) == "");
        CHECK(http::range_validator(with({{"Last-Modified", date}})) == "");
        for (auto [answered, strong] : {std::pair("Sat, 28 Nov 2026 10:00:00 GMT", false),
                                        std::pair("Sat, 28 Nov 2026 10:00:01 GMT", true), std::pair("now", false)})
            CHECK(http::range_validator(with({{"Last-Modified", date}, {"Date", answered}})) == (strong ? date : ""));
        const char* long_ago = "Mon, 01 Jan 1601 00:00:00 GMT";
        CHECK(http::range_validator(with({{"Last-Modified", long_ago}, {"Date", date}})) == long_ago);
        CHECK(http::range_validator(with({{"ETag", "\"a\""}, {"Content-Encoding", "gzip"}})) == "");
        CHECK(http::range_validator({}) == "");
    }

    TEST_CASE("a part is of a version unless it says that it is of another, or is encoded") {
        const char* date = "Sat, 28 Nov 2026 10:00:00 GMT";
        CHECK(http::is_of_version({}, "\"a\""));
        CHECK(http::is_of_version(with({{"ETag", "\"a\""}, {"Last-Modified", "any"}}), "\"a\""));
        CHECK_FALSE(http::is_of_version(with({{"ETag", "\"b\""}}), "\"a\""));
        CHECK_FALSE(http::is_of_version(with({{"ETag", "W/\"a\""}}), "\"a\""));
        CHECK_FALSE(http::is_of_version(with({{"ETag", "\"a\""}, {"Content-Encoding", "gzip"}}), "\"a\""));
        CHECK(http::is_of_version(with({{"Last-Modified", date}, {"ETag", "\"b\""}}), date));
        CHECK_FALSE(http::is_of_version(with({{"Last-Modified", "Sun, 29 Nov 2026 10:00:00 GMT"}}), date));
    }
}
