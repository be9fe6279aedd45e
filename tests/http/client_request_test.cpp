// What a request is made of, as the server sees it.

#include "http/server_fixture.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <functional>
#include <thread>

using namespace corduroy;
using namespace corduroy::http::testing;
using namespace std::chrono_literals;
using corduroy::testing::StubServer;

namespace {

// The request as the server got it: its line, the fields, and the body.
Task<http::Response> show(http::Request& request) {
    std::string text = request.method() + " " + request.target() + "\n";
    for (auto [name, value] : request.headers()) text.append(name).append(": ").append(value).append("\n");
    text += "\n" + request.bytes();
    co_return http::Response(200, text);
}

template <class Body>
void with_show(Body body) {
    auto client = [&](http::Server& server) -> Task<> {
        co_await body("http://127.0.0.1:" + std::to_string(server.port()));
    };
    with_server({}, show, client);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool holds(const std::string& text, const std::string& line) { return text.find(line + "\n") != std::string::npos; }

std::string message_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace

TEST_CASE("query parameters are appended to the URL's own, encoded, and may repeat") {
    with_show([](std::string url) -> Task<> {
        auto got =
            co_await http::get(url + "/a?x=1#top").query("q", "a b+c&d=e/\xc3\xa9").query("q", "2").query("n", -7);
        CHECK(first_line(got.text()) == "GET /a?x=1&q=a%20b%2Bc%26d%3De%2F%C3%A9&q=2&n=-7");
        CHECK(got.url().fragment() == "top");
        auto bare = co_await http::get(url).query("line\r\n", std::string_view("\0", 1));
        CHECK(first_line(bare.text()) == "GET /?line%0D%0A=%00");
        auto open = co_await http::get(url + "/?").query("a", "");
        CHECK(first_line(open.text()) == "GET /?a=");
        auto ampersand = co_await http::get(url + "/?z&").query("a", "b");
        CHECK(first_line(ampersand.text()) == "GET /?z&a=b");
    });
}

TEST_CASE("each method has a function, on the module and on a client") {
    with_show([](std::string url) -> Task<> {
        http::Client client;
        auto posted = co_await http::post(url);
        CHECK(first_line(posted.text()) == "POST /");
        auto put = co_await http::put(url);
        CHECK(first_line(put.text()) == "PUT /");
        auto patched = co_await http::patch(url);
        CHECK(first_line(patched.text()) == "PATCH /");
        auto deleted = co_await http::delete_(url);
        CHECK(first_line(deleted.text()) == "DELETE /");
        auto headed = co_await http::head(url);
        CHECK(headed.text().empty());
        CHECK(headed.headers().contains("content-length"));
        auto found = co_await http::request("PROPFIND", url);
        CHECK(first_line(found.text()) == "PROPFIND /");
        auto patched_too = co_await client.patch(url);
        CHECK(first_line(patched_too.text()) == "PATCH /");
    });
}

TEST_CASE("headers are added, set and removed, and a client's own give way to a request's") {
    with_show([](std::string url) -> Task<> {
        auto client = http::Client().header("X-Kind", "of client").header("X-Team", "blue").header("X-Team", "red");
        auto plain = co_await client.get(url);
        CHECK(holds(plain.text(), "X-Kind: of client"));
        CHECK(holds(plain.text(), "X-Team: blue\nX-Team: red"));
        auto own = co_await client.get(url).header("x-kind", "a").header("x-kind", "b").without_header("X-TEAM");
        CHECK(holds(own.text(), "x-kind: a\nx-kind: b"));
        CHECK(own.text().find("of client") == std::string::npos);
        CHECK(own.text().find("Team") == std::string::npos);
        auto set = co_await http::get(url)
                       .header("a", "1")
                       .set_header("A", "2")
                       .without_header("user-agent")
                       .without_header("accept")
                       .without_header("accept-encoding");
        CHECK(holds(set.text(), "A: 2"));
        CHECK(set.text().find("a: 1") == std::string::npos);
        CHECK(set.text().find("user-agent") == std::string::npos);
        CHECK(set.text().find("accept") == std::string::npos);
    });
}

TEST_CASE("a client joins relative URLs to its base as RFC 3986 says") {
    with_show([](std::string url) -> Task<> {
        auto client = http::Client().base_url(url + "/v1/base?q");
        auto first = co_await client.get("users");
        CHECK(first_line(first.text()) == "GET /v1/users");
        auto up = co_await client.get("../other");
        CHECK(first_line(up.text()) == "GET /other");
        auto absolute = co_await client.get(url + "/else");
        CHECK(first_line(absolute.text()) == "GET /else");
        auto empty = co_await client.get("").query("a", "b");
        CHECK(first_line(empty.text()) == "GET /v1/base?q&a=b");
    });
}

TEST_CASE("a form is urlencoded, and JSON goes as it was serialised") {
    with_show([](std::string url) -> Task<> {
        auto form = co_await http::post(url).form("name", "J\xc3\xb6rg & Co").form("age", 7).form("age", "8");
        CHECK(holds(form.text(), "content-type: application/x-www-form-urlencoded"));
        CHECK(form.text().ends_with("\n\nname=J%C3%B6rg%20%26%20Co&age=7&age=8"));
        auto json = co_await http::post(url).json_text("{\"a\":1}");
        CHECK(holds(json.text(), "content-type: application/json"));
        CHECK(json.text().ends_with("\n\n{\"a\":1}"));
    });
    CHECK(message_of([] { static_cast<void>(http::post("http://h/").body("x").form("a", "b")); }) ==
          "sending the request failed: a request has one body: bytes, a generator, a form or a multipart form, and not "
          "two of them");
    CHECK(message_of([] { static_cast<void>(http::post("http://h/").form("a", "b").json_text("1")); }) ==
          "sending the request failed: a request has one body: bytes, a generator, a form or a multipart form, and not "
          "two of them");
}

TEST_CASE("basic and bearer credentials are sent, and those of a URL are basic ones") {
    with_show([](std::string url) -> Task<> {
        auto basic = co_await http::get(url).header("authorization", "other").auth_basic("Aladdin", "open sesame");
        CHECK(holds(basic.text(), "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        CHECK(basic.text().find("other") == std::string::npos);
        auto bearer = co_await http::get(url).bearer("abc.DEF-1_2~3+4/5=");
        CHECK(holds(bearer.text(), "authorization: Bearer abc.DEF-1_2~3+4/5="));

        std::string with_user = url;
        with_user.insert(7, "us%65r:p%40ss@");
        auto from_url = co_await http::get(with_user);
        CHECK(holds(from_url.text(), "authorization: Basic dXNlcjpwQHNz"));
        CHECK(from_url.url().href() == url + "/");
        auto own = co_await http::get(with_user).bearer("t");
        CHECK(holds(own.text(), "authorization: Bearer t"));

        auto client = http::Client().base_url("http://127.0.0.2:1/").bearer("secret");
        auto elsewhere = co_await client.get(url);
        CHECK(elsewhere.text().find("secret") == std::string::npos);
        auto home = http::Client().base_url(with_user);
        auto at_home = co_await home.get("/x");
        CHECK(holds(at_home.text(), "authorization: Basic dXNlcjpwQHNz"));
        auto without = co_await home.get("/x").without_header("authorization");
        CHECK(without.text().find("Basic") == std::string::npos);
    });
}

TEST_CASE("credentials do not go along to another origin") {
    auto talk = [](http::Server& there) -> Task<> {
        std::string elsewhere = "http://127.0.0.1:" + std::to_string(there.port()) + "/";
        http::Server here = co_await http::listen("127.0.0.1:0");
        std::string url = "http://u:p@127.0.0.1:" + std::to_string(here.port()) + "/";
        auto away = [&](http::Request&) -> Task<http::Response> {
            co_return http::Response(307).header("location", elsewhere);
        };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(here.serve(away));
            auto got = co_await http::get(url);
            CHECK(first_line(got.text()) == "GET /");
            CHECK(got.text().find("authorization") == std::string::npos);
            auto client = http::Client().bearer("t");
            auto bearer = co_await client.get(url);
            CHECK(bearer.text().find("authorization") == std::string::npos);
            here.stop();
        };
        co_await with_task_group(body);
    };
    with_server({}, show, talk);
}

TEST_CASE("line ends and NUL are refused in whatever goes into the head, and the error names what held them") {
    for (std::string bad : {std::string("\r"), std::string("\n"), std::string("\0", 1)}) {
        CAPTURE(static_cast<int>(bad[0]));
        auto refused = [&](const std::function<void()>& call, const std::string& named) {
            std::string message = message_of(call);
            CAPTURE(message);
            CHECK(message.find(named) != std::string::npos);
        };
        refused([&] { static_cast<void>(http::get("http://h/").header("a" + bad, "b")); }, "header name");
        refused([&] { static_cast<void>(http::get("http://h/").header("x-it", "b" + bad + "c")); }, "x-it");
        refused([&] { static_cast<void>(http::get("http://h/").set_header("x-it", "b" + bad + "c")); }, "x-it");
        refused([&] { static_cast<void>(http::get("http://h/").auth_basic("u" + bad, "p")); }, "user");
        refused([&] { static_cast<void>(http::get("http://h/").auth_basic("u", "p" + bad)); }, "password");
        refused([&] { static_cast<void>(http::get("http://h/").bearer("t" + bad)); }, "token");
        refused([&] { static_cast<void>(http::post("http://h/").body("x", "text/" + bad + "x")); }, "content-type");
        refused([&] { static_cast<void>(http::Client().header("x-it", "b" + bad + "c")); }, "x-it");
        refused([&] { run_test([&]() -> Task<> { co_await http::request("G" + bad + "T", "http://h/"); }); },
                "method \"G");
        refused([&] { run_test([&]() -> Task<> { co_await http::get("http://h/" + bad + "x"); }); },
                "the URL http://h/");
    }
    CHECK(message_of([] { static_cast<void>(http::get("http://h/").auth_basic("a:b", "c")); }).find("':'") !=
          std::string::npos);
    CHECK(message_of([] { static_cast<void>(http::get("http://h/").bearer("")); }).find("token") != std::string::npos);
}

TEST_CASE("raise_for_status throws a StatusError from 400 on, with status, URL and body") {
    auto answer = [](http::Request& request) -> Task<http::Response> {
        co_return http::Response(std::stoi(std::string(request.path().substr(1))), "why it is so");
    };
    auto talk = [](http::Server& server) -> Task<> {
        std::string url = "http://127.0.0.1:" + std::to_string(server.port());
        auto good = co_await http::get(url + "/399");
        CHECK(good.raise_for_status().text() == "why it is so");
        auto bad = co_await http::get(url + "/404");
        try {
            bad.raise_for_status();
            FAIL("nothing was thrown");
        } catch (const http::StatusError& error) {
            CHECK(error.status() == 404);
            CHECK(error.body() == "why it is so");
            CHECK(error.what() == "GET " + url + "/404 failed: the server answered 404 Not Found");
        }
        auto boundary = co_await http::get(url + "/400");
        CHECK_THROWS_AS(boundary.raise_for_status(), http::StatusError);
    };
    with_server({}, answer, talk);
}

TEST_CASE("a client is made before a reactor, used by one after another, and by one at a time") {
    http::Client client;
    auto use = [&client]() -> Task<> {
        http::Server server = co_await http::listen("127.0.0.1:0");
        std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(show));
            co_await client.get(url);
            CHECK(client.idle_connections() == 1);
            std::string message;
            std::thread other([&] {
                auto trespass = [&]() -> Task<> { co_await client.get(url); };
                message = message_of([&] { run(trespass()); });
            });
            other.join();
            CHECK(message == "this http::Client is another reactor's, which has not ended: a client is used from one "
                             "reactor at a time");
            server.stop();
        };
        co_await with_task_group(body);
    };
    run(use());
    CHECK(client.connections() == 0);
    run(use());
    CHECK(client.connections() == 0);
}

TEST_CASE("a request that says it closes is the last of its connection, and one without a body expects nothing") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").header("connection", "close").answer(200, "last");
        server.expect("GET", "http://h/").no_header("connection").no_header("expect").answer(200, "first");
        http::Client client = server.client();
        auto last = co_await client.get("http://h/").header("connection", "close");
        CHECK(last.bytes() == "last");
        CHECK(client.connections() == 0);
        co_await client.get("http://h/").expect_continue(1s);
        CHECK(server.connections_made() == 2);
        server.verify();
    });
}
