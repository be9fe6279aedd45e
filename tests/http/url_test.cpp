#include <corduroy/http/url.hpp>

#include <corduroy/http/error.hpp>

#include "config.hpp"

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using namespace corduroy::http;

namespace {

std::string message(std::string_view text) {
    try {
        return "parsed as " + Url::parse(text).href();
    } catch (const UnsupportedUrl& error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("a URL tells its parts") {
    Url url = Url::parse("HTTPS://us%40er:p:w@Example.COM:8443/a/./b?c=d#e");
    CHECK(url.href() == "https://us%40er:p%3Aw@example.com:8443/a/b?c=d#e");
    CHECK(url.scheme() == "https");
    CHECK(url.is_secure());
    CHECK(url.username() == "us%40er");
    CHECK(percent_decode(url.username()) == "us@er");
    CHECK(url.password() == "p%3Aw");
    CHECK(url.host() == "example.com");
    CHECK(url.port() == 8443);
    CHECK(url.explicit_port() == 8443);
    CHECK(url.path() == "/a/b");
    CHECK(url.has_query());
    CHECK(url.query() == "c=d");
    CHECK(url.has_fragment());
    CHECK(url.fragment() == "e");
    CHECK(url.target() == "/a/b?c=d");
    CHECK(url.authority() == "example.com:8443");
    CHECK(url.origin() == "https://example.com:8443");
    CHECK(url.redacted() == "https://example.com:8443/a/b?c=d#e");
}

TEST_CASE("parts that are absent are empty, and the port is the scheme's") {
    Url url = Url::parse("http://h");
    CHECK(url.target() == "/");
    CHECK(url.path() == "/");
    CHECK(url.query().empty());
    CHECK_FALSE(url.has_query());
    CHECK(url.fragment().empty());
    CHECK_FALSE(url.has_fragment());
    CHECK(url.username().empty());
    CHECK(url.password().empty());
    CHECK_FALSE(url.has_userinfo());
    CHECK_FALSE(url.explicit_port());
    CHECK(url.port() == 80);
    CHECK_FALSE(url.is_secure());
    CHECK(url.authority() == "h");
    CHECK(url.redacted() == url.href());
    CHECK(Url::parse("https://h").port() == 443);
}

TEST_CASE("an empty query is part of the target, and an empty password of nothing") {
    CHECK(Url::parse("http://h/?").target() == "/?");
    CHECK(Url::parse("http://h/?").has_query());
    CHECK(Url::parse("http://u:@h/").password().empty());
    CHECK(Url::parse("http://:p@h/").username().empty());
    CHECK(Url::parse("http://:p@h/").password() == "p");
    CHECK(Url::parse("http://:p@h/").has_userinfo());
}

TEST_CASE("an IPv6 host has brackets in the authority and none by itself") {
    Url url = Url::parse("http://u@[2001:DB8::0:1]:8080/");
    CHECK(url.host() == "2001:db8::1");
    CHECK(url.host_is_ipv6());
    CHECK_FALSE(url.host_is_ipv4());
    CHECK(url.authority() == "[2001:db8::1]:8080");
    CHECK(url.origin() == "http://[2001:db8::1]:8080");
    CHECK(Url::parse("http://0x7f.1/").host_is_ipv4());
    CHECK(Url::parse("http://0x7f.1/").host() == "127.0.0.1");
    CHECK_FALSE(Url::parse("http://h.1a/").host_is_ipv4());
}

TEST_CASE("two URLs are of one origin when scheme, host and port agree") {
    Url url = Url::parse("http://u@h/a");
    CHECK(url.same_origin(Url::parse("HTTP://H:80/b#c")));
    CHECK_FALSE(url.same_origin(Url::parse("https://h/a")));
    CHECK_FALSE(url.same_origin(Url::parse("http://h:81/a")));
    CHECK_FALSE(url.same_origin(Url::parse("http://g/a")));
    // Same authority, other scheme.
    CHECK_FALSE(Url::parse("http://h:8443/").same_origin(Url::parse("https://h:8443/")));
}

TEST_CASE("fragment and userinfo can be taken away and put on") {
    Url url = Url::parse("http://u:p@h:81/a?b#c");
    CHECK(url.without_fragment().href() == "http://u:p@h:81/a?b");
    CHECK_FALSE(url.without_fragment().has_fragment());
    CHECK(url.without_fragment().target() == "/a?b");
    CHECK(url.with_fragment("x y").href() == "http://u:p@h:81/a?b#x%20y");
    CHECK(url.with_fragment("x y").fragment() == "x%20y");
    Url plain = url.without_userinfo();
    CHECK(plain.href() == "http://h:81/a?b#c");
    CHECK(plain.host() == "h");
    CHECK(plain.port() == 81);
    CHECK(plain.target() == "/a?b");
    CHECK(plain.fragment() == "c");
    CHECK_FALSE(plain.has_userinfo());
    CHECK(Url::parse("http://h/").without_userinfo().href() == "http://h/");
}

TEST_CASE("messages name the URL and the reason, and show no userinfo") {
    CHECK(message("ftp://h/x") ==
          "the URL ftp://h/x cannot be used: its scheme is ftp, and only http and https are spoken here");
    CHECK(message("file:///etc/passwd") ==
          "the URL file:///etc/passwd cannot be used: its scheme is file, and only http and https are spoken here");
    CHECK(message("") == "the URL \"\" is invalid: it has no scheme, such as http://");
    CHECK(message("example.com/x") == "the URL example.com/x is invalid: it has no scheme, such as http://");
    CHECK(message("http://") == "the URL http:// is invalid: it has no host");
    CHECK(message("http://[::1/") == "the URL http://[::1/ is invalid: its IPv6 address lacks the closing bracket");
    CHECK(message("http://[::g]/") ==
          "the URL http://[::g]/ is invalid: the address in brackets is not an IPv6 address");
    CHECK(message("http://h:99999/") == "the URL http://h:99999/ is invalid: its port is larger than 65535");
    CHECK(message("http://h:x/") == "the URL http://h:x/ is invalid: its port is not a number");
    CHECK(message("http://1.2.3.256/") ==
          "the URL http://1.2.3.256/ is invalid: its host ends in a number and is not an IPv4 address");
    CHECK(message("http://a b/") ==
          "the URL http://a b/ is invalid: its host holds the character 0x20, which no host may hold");
    CHECK(message("http://a<b/") ==
          "the URL http://a<b/ is invalid: its host holds the character '<', which no host may hold");
    CHECK(message("http://a\x01/") ==
          "the URL http://a\\x01/ is invalid: its host holds the character 0x01, which no host may hold");
    for (std::string_view text :
         {"http://user:secret@h:x/", "http://user:secret@[/", "http://user:secret/@h", "http://user:se?cret@h",
          "http://user:secret#@h/", "user:secret@h", "http:user:secret@h:x", "ftp://user:secret@h/", "//user:secret@h/",
          "http://:secret\\@h/", "http://user:secret@h:x/?mail=a@b"}) {
        CAPTURE(message(text));
        CHECK(message(text).find("***@") != std::string::npos);
        CHECK(message(text).find("secret") == std::string::npos);
        CHECK(message(text).find("cret") == std::string::npos);
    }
    std::string lengthy = message("http://" + std::string(5000, 'a') + "\xc3\xa9 /");
    CHECK(lengthy.size() < 450);
}

TEST_CASE("a URL error is of phase name, and knows the redacted text") {
    try {
        Url::parse("ftp://u:p@h/");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.phase() == Phase::name);
        CHECK(error.url() == "ftp://***@h/");
        CHECK(error.reason() == "its scheme is ftp, and only http and https are spoken here");
    }
}

TEST_CASE("percent encoding and decoding undo each other") {
    CHECK(percent_encode("a b/c?d=e&f~g\xc3\xa9") == "a%20b%2Fc%3Fd%3De%26f~g%C3%A9");
    CHECK(percent_decode("a%20b%2fC%") == "a b/C%");
    CHECK(percent_decode("%4") == "%4");
    CHECK(percent_decode("%zz%41%4g") == "%zzA%4g");
    CHECK(percent_decode("%%41") == "%A");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(percent_decode(percent_encode(all)) == all);
}

#if CORDUROY_HAVE_IDN2

TEST_CASE("international names become their ASCII form") {
    struct {
        std::string_view name;
        std::string_view ascii;
    } const table[] = {
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example"},
        {"B\xc3\x9c"
         "CHER.example",
         "xn--bcher-kva.example"},
        {"b%C3%BCcher.example", "xn--bcher-kva.example"},
        // Non-transitional: the sharp s is a letter.
        {"fa\xc3\x9f.de", "xn--fa-hia.de"},
        {"XN--FA-HIA.de", "xn--fa-hia.de"},
        // Full-width letters, digits and dots.
        {"\xef\xbd\x85\xef\xbd\x98.com", "ex.com"},
        {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1", "127.0.0.1"},
        {"\xe4\xbe\x8b\xe3\x80\x82jp", "xn--fsq.jp"},
        // A soft hyphen is nothing.
        {"a\xc2\xad"
         "b.com",
         "ab.com"},
        // Decomposed letters are composed.
        {"bu\xcc\x88"
         "cher.example",
         "xn--bcher-kva.example"},
        // A snowman is no letter to IDNA 2008, but his ASCII form is a name.
        {"xn--n3h.net", "xn--n3h.net"},
        {"a_b.\xc3\xbc.com", "a_b.xn--tda.com"},
    };
    for (const auto& each : table) {
        CAPTURE(each.name);
        CHECK(Url::parse("http://" + std::string(each.name) + "/").host() == each.ascii);
    }
    const std::string_view refused[] = {
        "xn--a",
        "xn--",
        // Nothing is left of a soft hyphen, and a replacement character is none of a name.
        "\xc2\xad",
        "\xef\xbf\xbd.com",
        // A full-width percent sign is one when the name is in its ASCII form.
        "\xef\xbc\x85.com",
        // A joiner where it joins nothing.
        "a\xe2\x80\x8c.com",
        // Not UTF-8.
        "\x80",
        "%ff",
        "a%C3",
        "\xed\xa0\x80",
    };
    for (std::string_view name : refused) {
        CAPTURE(name);
        CHECK_THROWS_AS(Url::parse("http://" + std::string(name) + "/"), InvalidUrl);
    }
}

#else

TEST_CASE("a build without IDNA says so where it is needed") {
    CHECK(message("http://b\xc3\xbc"
                  "cher.example/")
              .find("this build lacks IDNA") != std::string::npos);
    CHECK(Url::parse("http://XN--BCHER-kva.example/").host() == "xn--bcher-kva.example");
}

#endif
