// Cookies through the whole client.

#include <corduroy/async/sleep.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/stub_server.hpp>

#include "support/run_test.hpp"

#include <chrono>
#include <doctest/doctest.h>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

TEST_CASE("a client keeps its cookies from answer to answer, and drops them by the kernel's clock") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/")
            .no_header("cookie")
            .answer(StubAnswer(200).header("set-cookie", "a=1").header("set-cookie", "b=2; Max-Age=60"));
        server.expect("GET", "http://h/").header("cookie", "a=1; b=2").answer(200);
        server.expect("GET", "http://other/").no_header("cookie").answer(200);
        server.expect("GET", "http://h/").header("cookie", "a=1").answer(200);
        http::Client client = server.client();
        co_await client.get("http://h/");
        co_await client.get("http://h/");
        co_await client.get("http://other/");
        co_await sleep(60s);
        co_await client.get("http://h/");
        server.verify();
        CHECK(client.cookie_jar().size() == 2);
    });
}

TEST_CASE("a request does without the jar's cookies where it is to, and has its own") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(200).header("set-cookie", "a=1"));
        server.expect("GET", "http://h/").no_header("cookie").answer(200);
        server.expect("GET", "http://h/").header("cookie", "b=2").answer(200);
        http::Client client = server.client();
        co_await client.get("http://h/");
        co_await client.get("http://h/").without_header("Cookie");
        co_await client.get("http://h/").without_header("cookie").cookie("b", "2");
        server.verify();
    });
}

TEST_CASE("a jar is shared by the clients that are given it, and none is kept where none is wanted") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/set").answer(StubAnswer(200).header("set-cookie", "a=1"));
        server.expect("GET", "http://h/").header("cookie", "a=1").answer(200);
        server.expect("GET", "http://h/set").answer(StubAnswer(200).header("set-cookie", "a=1"));
        server.expect("GET", "http://h/").no_header("cookie").answer(200);
        auto jar = std::make_shared<http::CookieJar>();
        auto one = server.client().cookies(jar);
        auto two = server.client().cookies(jar);
        co_await one.get("http://h/set");
        co_await two.get("http://h/");
        http::ClientSettings settings = server.settings();
        settings.keep_cookies = false;
        http::Client none(settings);
        co_await none.get("http://h/set");
        co_await none.get("http://h/");
        CHECK_THROWS_AS(none.cookie_jar(), Error);
        server.verify();
    });
}

TEST_CASE("a cookie that a redirect sets goes along with the next request, even where no jar is kept") {
    run_test([]() -> Task<> {
        for (bool keep : {true, false}) {
            StubServer server;
            server.expect("GET", "http://h/")
                .answer(StubAnswer(302).header("location", "/in").header("set-cookie", "session=7"));
            server.expect("GET", "http://h/in").header("cookie", "session=7").answer(200);
            server.expect("GET", "http://h/in").answer(200);
            http::ClientSettings settings = server.settings();
            settings.keep_cookies = keep;
            http::Client client(settings);
            co_await client.get("http://h/");
            co_await client.get("http://h/in");
            CHECK(server.requests().back().headers.contains("cookie") == keep);
            server.verify();
        }
    });
}

TEST_CASE("a request's own cookies stand before the jar's, and do not go to another origin") {
    run_test([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/")
            .header("cookie", "x=0; own=1; two=2; jar=3")
            .answer(StubAnswer(302).header("location", "http://h/b"));
        server.expect("GET", "http://h/b")
            .header("cookie", "x=0; own=1; two=2; jar=3")
            .answer(StubAnswer(302).header("location", "http://other/"));
        server.expect("GET", "http://other/")
            .no_header("cookie")
            .answer(StubAnswer(302).header("location", "http://h/c"));
        server.expect("GET", "http://h/c").header("cookie", "jar=3").answer(200);
        http::Client client = server.client();
        client.cookie_jar().add({.name = "jar", .value = "3", .domain = "h"});
        co_await client.get("http://h/").cookie("own", "1").cookie("two", "2").header("cookie", "x=0");
        server.verify();
    });
}

TEST_CASE("a cookie that no header can say is refused at once") {
    for (std::string bad : {std::string("\r"), std::string("\n"), std::string("\0", 1), std::string(";")}) {
        CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").cookie("a" + bad, "b")), http::Error);
        CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").cookie("a", "b" + bad + "c")), http::Error);
    }
    CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").cookie("", "b")), http::Error);
    CHECK_THROWS_AS(static_cast<void>(http::get("http://h/").cookie("a", " b")), http::Error);
}
