#include <corduroy/http/cookies/cookie_jar.hpp>

#include "config.hpp"
#include "http/cookies/cookie_text.hpp"
#include "http/http_date.hpp"

#include <corduroy/http/error.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <string>

using namespace corduroy::http;
using namespace std::chrono_literals;

namespace {

const Cookie::Time now = std::chrono::sys_days(std::chrono::year(2024) / 5 / 6) + 7h;

Url url(std::string_view text) { return Url::parse(text); }

// What is sent to `to` after `from` has set these.
std::string sent(std::string_view from, std::initializer_list<std::string_view> set, std::string_view to) {
    CookieJar jar;
    for (std::string_view each : set) jar.set(url(from), each, now);
    return jar.header_for(url(to), now);
}

} // namespace

TEST_CASE("a cookie goes back to its host, and with a Domain to what is below it") {
    CHECK(sent("http://h.test/", {"a=b"}, "http://h.test/x") == "a=b");
    CHECK(sent("http://h.test/", {"a=b"}, "http://h.test:81/x") == "a=b"); // ports are no border
    CHECK(sent("http://h.test/", {"a=b"}, "http://www.h.test/").empty());
    CHECK(sent("http://www.h.test/", {"a=b; Domain=h.test"}, "http://other.h.test/") == "a=b");
    CHECK(sent("http://www.h.test/", {"a=b; domain=.H.TEST"}, "http://h.test/") == "a=b");
    CHECK(sent("http://h.test/", {"a=b; Domain=other.test"}, "http://other.test/").empty());
    CHECK(sent("http://h.test/", {"a=b; Domain=www.h.test"}, "http://www.h.test/").empty());
    CHECK(sent("http://xh.test/", {"a=b; Domain=h.test"}, "http://h.test/").empty());
    CHECK(sent("http://127.0.0.1/", {"a=b; Domain=127.0.0.1"}, "http://127.0.0.1/") == "a=b");
    CHECK(sent("http://127.0.0.1/", {"a=b; Domain=0.0.1"}, "http://127.0.0.1/").empty());
    CHECK(sent("http://h.test/", {"a=b; Domain="}, "http://h.test/") == "a=b");
}

TEST_CASE("no cookie is taken for a public suffix, but for the host that is one itself") {
    CHECK(sent("http://h.test/", {"a=b; Domain=test"}, "http://h.test/").empty());
    CHECK(sent("http://localhost/", {"a=b; Domain=localhost"}, "http://localhost/") == "a=b");
#if CORDUROY_HAVE_PSL
    CHECK(sent("http://shop.co.uk/", {"a=b; Domain=co.uk"}, "http://shop.co.uk/").empty());
    CHECK(sent("http://www.shop.co.uk/", {"a=b; Domain=shop.co.uk"}, "http://shop.co.uk/") == "a=b");
    CHECK(sent("http://shop.co.uk./", {"a=b; Domain=co.uk."}, "http://bank.co.uk./").empty());
#endif
}

TEST_CASE("a path is matched by its segments, and the default is that of the folder") {
    CHECK(sent("http://h.test/a/b", {"x=1"}, "http://h.test/a/c") == "x=1");
    CHECK(sent("http://h.test/a/b", {"x=1"}, "http://h.test/").empty());
    CHECK(sent("http://h.test/a", {"x=1"}, "http://h.test/b") == "x=1");
    CHECK(sent("http://h.test/", {"x=1; Path=/foo"}, "http://h.test/foo") == "x=1");
    CHECK(sent("http://h.test/", {"x=1; Path=/foo"}, "http://h.test/foo/bar") == "x=1");
    CHECK(sent("http://h.test/", {"x=1; Path=/foo"}, "http://h.test/foobar").empty());
    CHECK(sent("http://h.test/", {"x=1; Path=foo"}, "http://h.test/") == "x=1"); // none: the default
}

TEST_CASE("longer paths come first, then older cookies; the same name, domain and path is replaced and keeps its age") {
    CHECK(sent("http://h.test/", {"a=1; Path=/", "b=2; Path=/x", "c=3; Path=/"}, "http://h.test/x") == "b=2; a=1; c=3");
    CHECK(sent("http://h.test/", {"a=1", "b=2", "a=3"}, "http://h.test/") == "a=3; b=2");
    CHECK(sent("http://h.test/", {"a=1", "a=; Max-Age=0"}, "http://h.test/").empty());
}

TEST_CASE("Secure cookies come from https and go to https, and nothing from http gets in their way") {
    CHECK(sent("https://h.test/", {"a=b; Secure"}, "https://h.test/") == "a=b");
    CHECK(sent("https://h.test/", {"a=b; Secure"}, "http://h.test/").empty());
    CHECK(sent("http://h.test/", {"a=b; Secure"}, "https://h.test/").empty());
    CookieJar jar;
    jar.set(url("https://h.test/"), "a=good; Secure", now);
    CHECK(!jar.set(url("http://h.test/"), "a=bad", now));
    CHECK(!jar.set(url("http://www.h.test/"), "a=bad; Domain=h.test", now));
    CHECK(jar.header_for(url("https://h.test/"), now) == "a=good");
    CHECK(jar.set(url("https://h.test/"), "a=new", now));
}

TEST_CASE("nothing from http drives a Secure cookie out, and one that has expired keeps nothing away") {
    CookieJar jar({.bytes = 4096, .per_domain = 3, .cookies = 5});
    jar.set(url("https://h.test/"), "sid=good; Secure", now);
    for (int i = 1; i < 6; ++i) CHECK(jar.set(url("http://h.test/"), std::to_string(i) + "=x", now + i * 1s));
    CHECK_FALSE(jar.set(url("http://h.test/"), "sid=bad", now + 7s));
    CHECK(jar.header_for(url("https://h.test/"), now + 8s) == "sid=good; 4=x; 5=x");
    for (const char* name : {"a", "b"}) jar.set(url("https://h.test/"), std::string(name) + "=1; Secure", now + 9s);
    CHECK_FALSE(jar.set(url("http://h.test/"), "late=x", now + 10s));
    CHECK(jar.header_for(url("https://h.test/"), now + 11s) == "sid=good; a=1; b=1");
    CHECK(jar.set(url("https://h.test/"), "c=1; Secure", now + 12s)); // there, the one unused for longest goes

    CookieJar full({.bytes = 4096, .per_domain = 3, .cookies = 2});
    full.set(url("https://h.test/"), "sid=good; Secure", now);
    for (const char* from : {"http://a.test/", "http://b.test/"}) CHECK(full.set(url(from), "a=1", now + 1s));
    CHECK(full.header_for(url("https://h.test/"), now + 2s) == "sid=good");
    CHECK(full.header_for(url("http://b.test/"), now + 2s) == "a=1");
    CHECK(full.size() == 2);

    CookieJar brief;
    brief.set(url("https://h.test/"), "a=1; Secure; Max-Age=60", now);
    CHECK_FALSE(brief.set(url("http://h.test/"), "a=2", now + 59s));
    CHECK(brief.set(url("http://h.test/"), "a=2", now + 60s));
    CHECK(brief.header_for(url("http://h.test/"), now + 60s) == "a=2");
    brief.set(url("http://h.test/"), "b=1; Max-Age=60", now + 61s);
    brief.set(url("http://h.test/"), "c=1", now + 62s);
    brief.set(url("http://h.test/"), "b=2", now + 200s); // a new one, behind those that were there
    CHECK(brief.header_for(url("http://h.test/"), now + 200s) == "a=2; c=1; b=2");
}

TEST_CASE("what __Host- and __Secure- promise is held, in whatever case") {
    auto taken = [](std::string_view from, std::string_view text) { return CookieJar().set(url(from), text, now); };
    CHECK(taken("https://h.test/", "__Secure-a=b; Secure"));
    CHECK(!taken("https://h.test/", "__Secure-a=b"));
    CHECK(!taken("http://h.test/", "__SECURE-a=b"));
    CHECK(taken("https://h.test/", "__Host-a=b; Secure; Path=/"));
    CHECK(!taken("https://h.test/", "__Host-a=b; Secure"));
    CHECK(!taken("https://h.test/", "__Host-a=b; Secure; Path=/x"));
    CHECK(!taken("https://h.test/", "__host-a=b; Secure; Path=/; Domain=h.test"));
    CHECK(!taken("https://h.test/", "=__Host-a=b"));
    CHECK(!taken("https://h.test/", "__Secure-a"));
}

TEST_CASE("SameSite is kept, and None takes Secure") {
    CookieJar jar;
    CHECK(!jar.set(url("https://h.test/"), "a=b; SameSite=None", now));
    CHECK(jar.set(url("https://h.test/"), "a=b; SameSite=None; Secure", now));
    CHECK(jar.set(url("https://h.test/"), "l=b; SameSite=lax; HttpOnly", now));
    CHECK(jar.cookies(now)[0].same_site == Cookie::SameSite::none);
    CHECK(jar.cookies(now)[1].same_site == Cookie::SameSite::lax);
    CHECK(jar.cookies(now)[1].http_only);
}

TEST_CASE("Max-Age goes before Expires, ends to the second, and nothing lives longer than 400 days") {
    CookieJar jar;
    jar.set(url("http://h.test/"), "a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", now);
    CHECK(jar.header_for(url("http://h.test/"), now + 9s) == "a=1");
    CHECK(jar.header_for(url("http://h.test/"), now + 10s).empty());
    CHECK(jar.cookies(now + 10s).empty());
    jar.set(url("http://h.test/"), "b=1; Max-Age=99999999999999999999999", now);
    CHECK(jar.cookies(now).back().expires == now + std::chrono::days(400));
    jar.set(url("http://h.test/"), "c=1; Max-Age=x; Expires=Mon, 06 May 2024 08:00:00 GMT", now);
    CHECK(jar.cookies(now).back().expires == now + 1h);
    jar.set(url("http://h.test/"), "d=1", now);
    jar.end_session();
    CHECK(jar.header_for(url("http://h.test/"), now + 20s) == "b=1; c=1");
}

TEST_CASE("dates are read in the forms that servers write") {
    auto expected = std::chrono::sys_days(std::chrono::year(2024) / 5 / 6) + 7h + 8min + 9s;
    for (std::string_view text : {"Mon, 06 May 2024 07:08:09 GMT", "Monday, 06-May-24 07:08:09 GMT",
                                  "Mon May  6 07:08:09 2024", "6 may 2024 7:8:9", "07:08:09 2024 06 MAYbe"})
        CHECK(parse_date(text) == expected);
    for (std::string_view text : {"", "Mon, 06 May 2024", "Mon, 31 Feb 2024 07:08:09", "Mon, 06 May 2024 24:00:00",
                                  "Mon, 06 May 1600 07:08:09", "Mon, 06 Foo 2024 07:08:09"})
        CHECK(!parse_date(text));
    CHECK(parse_date("01 Jan 9999 00:00:00"));
}

TEST_CASE("text that is no cookie is ignored, and odd text that is one is taken") {
    auto taken = [](std::string_view text) { return CookieJar().set(url("http://h.test/"), text, now); };
    CHECK(!taken(""));
    CHECK(!taken("="));
    CHECK(!taken("; Path=/"));
    CHECK(!taken(std::string_view("a=b\0c", 5)));
    CHECK(!taken("a=b\nc"));
    CHECK(sent("http://h.test/", {"just a value"}, "http://h.test/") == "just a value");
    CHECK(sent("http://h.test/", {" a = \"b c\" ; x"}, "http://h.test/") == "a=\"b c\"");
    CHECK(sent("http://h.test/", {"a=b=c"}, "http://h.test/") == "a=b=c");
}

TEST_CASE("the bounds of a jar hold to the one: bytes of a cookie, cookies of a domain, cookies in all") {
    for (std::size_t size : {4095U, 4096U, 4097U}) {
        CookieJar jar;
        CHECK(jar.set(url("http://h.test/"), "a=" + std::string(size - 1, 'x'), now) == (size <= 4096));
    }
    CookieJar jar({.bytes = 4096, .per_domain = 3, .cookies = 5});
    for (int i = 0; i < 3; ++i) jar.set(url("http://a.test/"), std::to_string(i) + "=x", now + i * 1s);
    CHECK(jar.size() == 3);
    CHECK(jar.header_for(url("http://a.test/"), now + 10s) == "0=x; 1=x; 2=x"); // all are used
    jar.set(url("http://a.test/x/"), "3=x", now + 11s);
    CHECK(jar.header_for(url("http://a.test/x/"), now + 12s) == "3=x; 1=x; 2=x");
    jar.set(url("http://b.test/"), "b=1", now + 13s);
    jar.set(url("http://c.test/"), "c=1", now + 13s);
    CHECK(jar.size() == 5);
    jar.set(url("http://d.test/"), "d=1", now + 14s);
    CHECK(jar.size() == 5);
    CHECK(jar.header_for(url("http://a.test/x/"), now + 15s) == "3=x; 2=x");
    // One that has expired goes before one that is in use.
    jar.set(url("http://b.test/"), "b=1; Max-Age=1", now + 16s);
    jar.set(url("http://e.test/"), "e=1", now + 30s);
    CHECK(jar.header_for(url("http://a.test/x/"), now + 31s) == "3=x; 2=x");
}

TEST_CASE("a jar is written as a Netscape file and read from one, as curl does it") {
    CookieJar jar;
    jar.set(url("https://www.h.test/"), "a=1; Domain=h.test; Secure; Max-Age=60", now);
    jar.set(url("http://h.test/x/y"), "b=2; HttpOnly", now);
    jar.set(url("http://h.test/"), "gone=1; Max-Age=5", now);
    std::string text = jar.netscape_text(now + 10s);
    auto end = std::to_string(std::chrono::duration_cast<std::chrono::seconds>((now + 60s).time_since_epoch()).count());
    CHECK(text == "# Netscape HTTP Cookie File\n\n.h.test\tTRUE\t/\tTRUE\t" + end +
                      "\ta\t1\n#HttpOnly_h.test\tFALSE\t/x\tFALSE\t0\tb\t2\n");
    CookieJar read;
    read.add_netscape("\r\n# a comment\n" + text + "h.test\tFALSE\t/\tFALSE\t0\tempty\t\n", now);
    CHECK(read.size() == 3);
    CHECK(read.header_for(url("https://h.test/x/"), now) == "b=2; a=1; empty=");
    CHECK(read.header_for(url("https://h.test/x/"), now + 60s) == "b=2; empty=");
    CHECK(read.netscape_text(now).starts_with(text));
}

TEST_CASE("a line of a cookie file that is none is an error that names it") {
    auto fault = [](std::string_view text) {
        try {
            CookieJar().add_netscape(text, now);
        } catch (const Error& error) {
            return error.reason();
        }
        return std::string();
    };
    CHECK(fault("#\n\nh.test FALSE / FALSE 0 a b\n") ==
          "line 3 of the cookie file has not seven fields with tabs between them");
    CHECK(fault("h.test\tFALSE\t/\tFALSE\tsoon\ta\tb\n") ==
          "line 1 of the cookie file has an expiry that is no number");
    CHECK(fault("\tFALSE\t/\tFALSE\t0\ta\tb\n") == "line 1 of the cookie file has a domain or a path that is none");
    CHECK(fault("h.test\tFALSE\tx\tFALSE\t0\ta\tb\n") ==
          "line 1 of the cookie file has a domain or a path that is none");
}

TEST_CASE("a cookie that is put in by hand is checked, and can be taken out") {
    CookieJar jar;
    Cookie cookie{.name = "a", .value = "b", .domain = "H.test"};
    jar.add(cookie);
    CHECK(jar.header_for(url("http://h.test/"), now) == "a=b");
    for (std::string bad : {"\r", "\n", ";"}) {
        cookie.value = "x" + bad + "y";
        CHECK_THROWS_AS(jar.add(cookie), Error);
        CHECK_THROWS_AS(jar.add({.name = "a" + bad, .value = "b", .domain = "h.test"}), Error);
        CHECK_THROWS_AS(jar.add({.name = "a", .value = "b", .domain = "h.test" + bad}), Error);
        CHECK_THROWS_AS(jar.add({.name = "a", .value = "b", .domain = "h.test", .path = "/" + bad}), Error);
    }
    CHECK(jar.remove("h.TEST") == 1);
    CHECK(jar.empty());
}

TEST_CASE("what a saved jar could not say is not taken, and a full one takes what is put in by hand") {
    CookieJar jar;
    CHECK_FALSE(jar.set(url("http://h.test/"), "a=b\tc", now));
    CHECK_FALSE(jar.set(url("http://h.test/"), "a=b; Path=/x\ty", now));
    CookieJar small({.bytes = 4096, .per_domain = 2, .cookies = 5});
    CHECK(small.set(url("http://h.test/"), "a=1", now));
    CHECK(small.set(url("http://h.test/"), "b=2", now + 1s));
    small.add({.name = "c", .value = "3", .domain = "h.test"});
    CHECK(small.header_for(url("http://h.test/"), now + 1s).find("c=3") != std::string::npos);
}
