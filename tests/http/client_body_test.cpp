// Bodies of requests that are made while they are sent, and multipart ones.

#include "http/generated_body.hpp"
#include "http/server_fixture.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/run.hpp>

#include <memory>
#include <tuple>
#include <utility>

using namespace corduroy;
using namespace corduroy::http::testing;

namespace {

Task<http::Response> show(http::Request& request) {
    auto field = [&](const char* name) { return std::string(request.headers().get(name).value_or("-")); };
    co_return http::Response(200, request.method() + " " + field("content-length") + " " + field("transfer-encoding") +
                                      " " + field("content-type") + " " + request.bytes());
}

template <class Handler, class Body>
void with_url(Handler handler, Body body) {
    auto client = [&](http::Server& server) -> Task<> {
        co_await body("http://127.0.0.1:" + std::to_string(server.port()));
    };
    with_server({}, handler, client);
}

AsyncGenerator<std::string> letters() {
    co_yield "ab";
    co_yield "";
    co_await sleep(50s); // longer than the client lets the wire be silent
    co_yield "cde";
}

AsyncGenerator<std::string> breaks() {
    co_yield "ab";
    throw std::runtime_error("the source is dry");
}

AsyncGenerator<std::string> waits_for_ever() {
    co_yield "ab";
    for (;;) co_await sleep(1h);
}

AsyncGenerator<std::string> megabytes(int count) {
    for (int i = 0; i < count; ++i) co_yield std::string(1 << 20, 'x');
}

std::string message_of(const Failure& failure) { return failure.message(); }

} // namespace

TEST_CASE("a generator's strings are sent as they come: in chunks, or sized where the size is given") {
    with_url(show, [](std::string url) -> Task<> {
        http::ClientSettings settings;
        settings.silence_timeout = 10s;
        http::Client client(settings);
        auto chunked = co_await client.put(url).body(letters());
        CHECK(chunked.text() == "PUT - chunked application/octet-stream abcde");
        auto sized = co_await http::put(url).body(letters(), 5, "text/plain");
        CHECK(sized.text() == "PUT 5 - text/plain abcde");
        auto own = co_await http::put(url).header("content-type", "a/b").body(letters());
        CHECK(own.text() == "PUT - chunked a/b abcde");
    });
}

TEST_CASE("a generator that gives more or less than the size it was said to have is an error") {
    with_url(show, [](std::string url) -> Task<> {
        auto longer = co_await attempt(http::put(url).body(letters(), 4));
        CHECK(message_of(longer.failure()).find("the body is longer than the 4 bytes that were announced") !=
              std::string::npos);
        auto shorter = co_await attempt(http::put(url).body(letters(), 6));
        CHECK(message_of(shorter.failure()).find("the body is shorter than the 6 bytes that were announced") !=
              std::string::npos);
        auto after = co_await http::get(url);
        CHECK(after.status() == 200);
    });
}

TEST_CASE("what a generator throws fails the request, and its connection is closed") {
    with_url(show, [](std::string url) -> Task<> {
        http::Client client;
        auto broken = co_await attempt(client.put(url).body(breaks()));
        CHECK(message_of(broken.failure()) == "the source is dry");
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("a request that waits for its generator is cancelled with it, and its connection is closed") {
    with_url(show, [](std::string url) -> Task<> {
        http::Client client;
        auto late = co_await attempt(client.put(url).body(waits_for_ever()).timeout(5s));
        CHECK(late.failure().check<TimeoutError>());
        CHECK(client.connections() == 0);
    });
}

TEST_CASE("a generator cannot be sent again after a 307; a function that makes one can, and a 303 needs no body") {
    auto redirecting = [](http::Request& request) -> Task<http::Response> {
        int status = request.path() == "/307" ? 307 : request.path() == "/303" ? 303 : 0;
        if (status != 0) co_return http::Response(status).header("location", "/there");
        co_return co_await show(request);
    };
    with_url(redirecting, [](std::string url) -> Task<> {
        auto once = co_await attempt(http::post(url + "/307").body(letters()));
        REQUIRE(!once);
        auto* redirect = once.failure().as<http::RedirectError>();
        REQUIRE(redirect != nullptr);
        CHECK_THROWS_AS(std::rethrow_exception(redirect->cause()), http::BodySpent);
        CHECK(message_of(once.failure()).find("the body can be sent only once") != std::string::npos);
        auto made = co_await http::post(url + "/307").body(letters);
        CHECK(made.text() == "POST - chunked application/octet-stream abcde");
        auto other = co_await http::post(url + "/303").body(letters());
        CHECK(other.text() == "GET - - - ");
    });
}

TEST_CASE("a body's generator ends before the function that made it, whose captures it uses") {
    bool function_gone = false, generator_ended = false, too_late = false;
    sim::run([&]() -> Task<> {
        auto mark = [](bool& what) { return std::shared_ptr<bool>(&what, [](bool* gone) { *gone = true; }); };
        http::GeneratedBody body;
        auto make = [&, held = mark(function_gone)]() -> AsyncGenerator<std::string> {
            std::shared_ptr<bool> at_end(&generator_ended, [&](bool* ended) {
                *ended = true;
                too_late = function_gone;
            });
            for (;;) co_yield "piece";
        };
        body.make = std::make_shared<http::GeneratedBody::Make>(std::move(make));
        auto piece = co_await body.begin().next();
        CHECK(piece == "piece");
    });
    CHECK(generator_ended);
    CHECK(function_gone);
    CHECK_FALSE(too_late);
}

TEST_CASE("the answer of a server that reads no more than it wants of a large body is the answer") {
    auto refuse = [](http::Request&) -> Task<http::Response> { co_return http::Response(200, "small enough"); };
    with_url(refuse, [](std::string url) -> Task<> {
        auto answer = co_await http::put(url).body(megabytes(40));
        CHECK(answer.status() == 413);
    });
}

TEST_CASE("a multipart form has a part for each field and file, in order, and a boundary by chance") {
    with_url(show, [](std::string url) -> Task<> {
        auto got = co_await http::post(url)
                       .part("title", "a \"b\"")
                       .file_part("pic\"ture", "J\xc3\xb6rg.png", "\x89PNG\r\n", "image/png")
                       .part("title", "");
        std::string text = got.bytes();
        std::size_t at = text.find("boundary=");
        REQUIRE(at != std::string::npos);
        std::string boundary = text.substr(at + 9, text.find(' ', at) - at - 9);
        CHECK(boundary.size() == 56);
        std::string body =
            "--" + boundary + "\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\na \"b\"\r\n--" + boundary +
            "\r\ncontent-disposition: form-data; name=\"pic%22ture\"; filename=\"J\xc3\xb6rg.png\"\r\n"
            "content-type: image/png\r\n\r\n\x89PNG\r\n\r\n--" +
            boundary + "\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\n\r\n--" + boundary + "--\r\n";
        CHECK(text ==
              "POST " + std::to_string(body.size()) + " - multipart/form-data; boundary=" + boundary + " " + body);
        auto next = co_await http::post(url).part("title", "");
        CHECK(next.text().find(boundary) == std::string::npos);
    });
}

TEST_CASE("line ends and NUL are refused in a part's name, filename and content type") {
    for (std::string bad : {std::string("\r"), std::string("\n"), std::string("\0", 1)}) {
        auto refused = [&](std::string name, std::string filename, std::string type, const char* named) {
            try {
                static_cast<void>(http::post("http://h/").file_part(name, filename, "", type));
                FAIL("nothing was thrown");
            } catch (const http::Error& error) {
                CHECK(std::string(error.what()).find(named) != std::string::npos);
            }
        };
        refused("a" + bad + "b", "f", "t/t", "the name of a part");
        refused("a", "f" + bad + "g", "t/t", "the filename of a part");
        refused("a", "f", "t" + bad + "/t", "content-type");
    }
    CHECK_THROWS_AS(static_cast<void>(http::post("http://h/").body("x").part("a", "b")), http::Error);
    CHECK_THROWS_AS(static_cast<void>(http::post("http://h/").part("a", "b").form("x", "y")), http::Error);
    CHECK_THROWS_AS(static_cast<void>(http::post("http://h/").body(letters()).json_text("1")), http::Error);
}

TEST_CASE("copies of a request each make their own body, and a generator that both have is sent by one of them") {
    with_url(show, [](std::string url) -> Task<> {
        http::Client client;
        auto made = client.post(url).body([] { return megabytes(1); });
        auto copy = made.copy();
        auto both = co_await gather(std::move(made), std::move(copy));
        CHECK(std::get<0>(both).bytes().size() > 1 << 20);
        CHECK(std::get<1>(both).bytes().size() > 1 << 20);

        auto form = client.post(url).part("a", "1");
        auto longer = form.copy().part("b", "2");
        auto short_one = co_await std::move(form);
        CHECK(short_one.bytes().find("name=\"b\"") == std::string::npos);
        auto long_one = co_await std::move(longer);
        CHECK(long_one.bytes().find("name=\"b\"") != std::string::npos);

        auto once = client.post(url).body(letters());
        auto again = once.copy();
        auto first = co_await std::move(once);
        CHECK(first.bytes() == "POST - chunked application/octet-stream abcde");
        auto second = co_await attempt(std::move(again));
        CHECK(second.failure().check<http::BodySpent>());
        CHECK(message_of(second.failure()).find("from a generator, and that has been sent already") !=
              std::string::npos);
    });
}

TEST_CASE("a body's content type is what a header says, the request's or the client's, before or behind it") {
    with_url(show, [](std::string url) -> Task<> {
        http::Client client;
        auto before = co_await client.post(url).header("content-type", "a/b").body("x");
        CHECK(before.bytes() == "POST 1 - a/b x");
        auto behind = co_await client.post(url).form("x", "y").header("content-type", "a/b");
        CHECK(behind.bytes() == "POST 3 - a/b x=y");
        auto none = co_await client.post(url).body("x").without_header("content-type");
        CHECK(none.bytes() == "POST 1 - - x");
        auto of_client = co_await http::Client().header("content-type", "c/d").post(url).body("x");
        CHECK(of_client.bytes() == "POST 1 - c/d x");
    });
}

TEST_CASE("a part has the type, the file name and the source that it is given, and several can be under one name") {
    with_url(show, [](std::string url) -> Task<> {
        for (bool sized : {true, false}) {
            CAPTURE(sized);
            std::optional<std::uint64_t> size;
            if (sized) size = 5;
            std::vector<http::Part> several;
            several.push_back(http::Part::of("one").filename("1.txt"));
            several.push_back(http::Part::of_pieces(letters, size).type("text/x"));
            auto request = http::post(url)
                               .header("content-type", "multipart/other")
                               .part("a", http::Part::of("text").type("text/html; q=1"))
                               .parts("b", std::move(several))
                               .part("c", http::Part::of_pieces(letters, size).filename("z\"z"));
            auto answer = co_await std::move(request);
            std::string text = answer.text();
            std::string words = "multipart/other; boundary=";
            std::size_t at = text.find(words);
            REQUIRE(at != std::string::npos);
            std::string boundary = text.substr(at + words.size(), 56);
            std::string inner = boundary.substr(0, 24) + "m" + boundary.substr(24);
            std::string body =
                "--" + boundary +
                "\r\ncontent-disposition: form-data; name=\"a\"\r\ncontent-type: text/html; q=1\r\n\r\ntext\r\n--" +
                boundary +
                "\r\ncontent-disposition: form-data; name=\"b\"\r\ncontent-type: multipart/mixed; boundary=" + inner +
                "\r\n\r\n--" + inner + "\r\ncontent-disposition: attachment; filename=\"1.txt\"\r\n\r\none\r\n--" +
                inner + "\r\ncontent-disposition: attachment\r\ncontent-type: text/x\r\n\r\nabcde\r\n--" + inner +
                "--\r\n\r\n--" + boundary +
                "\r\ncontent-disposition: form-data; name=\"c\"; filename=\"z%22z\"\r\n\r\nabcde\r\n--" + boundary +
                "--\r\n";
            std::string framing = sized ? std::to_string(body.size()) + " -" : "- chunked";
            CHECK(text == "POST " + framing + " " + words + boundary + " " + body);
        }
        CHECK_THROWS_AS(static_cast<void>(http::post(url).part("a", http::Part::of("").type("x\r\n"))), http::Error);
        CHECK_THROWS_AS(static_cast<void>(http::post(url).part("a", http::Part::of("").filename("x\n"))), http::Error);
    });
}
