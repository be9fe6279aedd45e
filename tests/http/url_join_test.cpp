#include <corduroy/http/url.hpp>

#include <corduroy/http/error.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using namespace corduroy::http;

namespace {

struct Joined {
    std::string_view reference;
    std::string_view href;
};

} // namespace

TEST_CASE("references are resolved against a base") {
    Url base = Url::parse("http://user:pw@h:81/b/c/d?q#f");
    const Joined table[] = {
        {"", "http://user:pw@h:81/b/c/d?q"},
        {"  ", "http://user:pw@h:81/b/c/d?q"},
        {"#", "http://user:pw@h:81/b/c/d?q#"},
        {"#x y", "http://user:pw@h:81/b/c/d?q#x%20y"},
        {"?", "http://user:pw@h:81/b/c/d?"},
        {"?x", "http://user:pw@h:81/b/c/d?x"},
        {"?x#y", "http://user:pw@h:81/b/c/d?x#y"},
        {"x", "http://user:pw@h:81/b/c/x"},
        {"./x", "http://user:pw@h:81/b/c/x"},
        {"x/", "http://user:pw@h:81/b/c/x/"},
        {"x?y#z", "http://user:pw@h:81/b/c/x?y#z"},
        {".", "http://user:pw@h:81/b/c/"},
        {"./", "http://user:pw@h:81/b/c/"},
        {"..", "http://user:pw@h:81/b/"},
        {"../", "http://user:pw@h:81/b/"},
        {"../x", "http://user:pw@h:81/b/x"},
        {"%2e%2E/x", "http://user:pw@h:81/b/x"},
        {"../..", "http://user:pw@h:81/"},
        {"../../../../x", "http://user:pw@h:81/x"},
        {"/", "http://user:pw@h:81/"},
        {"/x", "http://user:pw@h:81/x"},
        {"/../x", "http://user:pw@h:81/x"},
        {"/x/./y/../z", "http://user:pw@h:81/x/z"},
        {"\\x", "http://user:pw@h:81/x"},
        {"x\\y", "http://user:pw@h:81/b/c/x/y"},
        {"//g", "http://g/"},
        {"///g", "http://g/"},
        {"//g:80/x", "http://g/x"},
        {"//u@g?y", "http://u@g/?y"},
        {"\\\\g\\x", "http://g/x"},
        {"/\\g", "http://g/"},
        {"http:x", "http://user:pw@h:81/b/c/x"},
        {"HTTP:", "http://user:pw@h:81/b/c/d?q"},
        {"http:#z", "http://user:pw@h:81/b/c/d?q#z"},
        {"http:?z", "http://user:pw@h:81/b/c/d?z"},
        {"http:/x", "http://user:pw@h:81/x"},
        {"http:\\\\g", "http://g/"},
        {"http://g", "http://g/"},
        {"https:x", "https://x/"},
        {"https:/x", "https://x/"},
        {"https://g/y", "https://g/y"},
        {"https://g:81", "https://g:81/"},
        {"x:y", ""},
        {"./x:y", "http://user:pw@h:81/b/c/x:y"},
        {":x", "http://user:pw@h:81/b/c/:x"},
        {"1:x", "http://user:pw@h:81/b/c/1:x"},
        {"x y", "http://user:pw@h:81/b/c/x%20y"},
        {"\xe9", "http://user:pw@h:81/b/c/%E9"},
        {"@x", "http://user:pw@h:81/b/c/@x"},
        {";x=1", "http://user:pw@h:81/b/c/;x=1"},
        {"a//b", "http://user:pw@h:81/b/c/a//b"},
    };
    for (const Joined& each : table) {
        CAPTURE(each.reference);
        if (each.href.empty()) {
            CHECK_THROWS_AS(base.join(each.reference), UnsupportedUrl);
            continue;
        }
        Url joined = base.join(each.reference);
        CHECK(joined.href() == each.href);
        // All its parts are where they would be had it been parsed at once.
        Url parsed = Url::parse(each.href);
        CHECK(joined.username() == parsed.username());
        CHECK(joined.password() == parsed.password());
        CHECK(joined.host() == parsed.host());
        CHECK(joined.port() == parsed.port());
        CHECK(joined.explicit_port() == parsed.explicit_port());
        CHECK(joined.path() == parsed.path());
        CHECK(joined.query() == parsed.query());
        CHECK(joined.has_query() == parsed.has_query());
        CHECK(joined.fragment() == parsed.fragment());
        CHECK(joined.has_fragment() == parsed.has_fragment());
        CHECK(joined.authority() == parsed.authority());
        CHECK(joined.target() == parsed.target());
    }
}

TEST_CASE("a base may be a bare origin, or an address") {
    CHECK(Url::parse("http://h").join("x").href() == "http://h/x");
    CHECK(Url::parse("http://h").join("..").href() == "http://h/");
    CHECK(Url::parse("https://[::1]:8443").join("?q").href() == "https://[::1]:8443/?q");
    CHECK(Url::parse("https://[::1]").join("/x").host() == "::1");
}

TEST_CASE("a reference to another scheme, or to no host, is an error") {
    Url base = Url::parse("https://h/x");
    CHECK_THROWS_AS(base.join("mailto:a@b"), UnsupportedUrl);
    CHECK_THROWS_AS(base.join("ftp://h/"), UnsupportedUrl);
    CHECK_THROWS_AS(base.join("//"), InvalidUrl);
    CHECK_THROWS_AS(base.join("http:"), InvalidUrl);
    CHECK_THROWS_AS(base.join("//h:x"), InvalidUrl);
    CHECK_THROWS_AS(base.join("//a b/"), InvalidUrl);
}
