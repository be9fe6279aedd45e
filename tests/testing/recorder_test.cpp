// Exchanges that are recorded, kept as text, and replayed without the server.

#include <corduroy/testing/recorder.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/testing/run.hpp>

#include <cstdio>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace corduroy::testing {

namespace {

using namespace std::chrono_literals;

// Whatever an answer can be.
Task<http::Response> shop(http::Request& request) {
    if (request.path() == "/old") co_return http::Response(302, "").header("location", "/new?x=1");
    if (request.path() == "/bytes") co_return http::Response(200, std::string("\0\n\\\x80 end\n", 10), "image/x");
    if (request.path() == "/none") co_return http::Response(204);
    co_return http::Response(200, request.method() + " " + request.target() + " [" + request.bytes() + "]\n");
}

AsyncGenerator<std::string> pieces() {
    co_yield std::string("one\n");
    co_yield std::string("two");
}

std::string told(const http::Response& response) {
    std::string text = std::to_string(response.status()) + " " + response.reason() + "\n";
    for (auto [name, value] : response.headers())
        if (name != "content-length" && name != "transfer-encoding")
            text += std::string(name) + ": " + std::string(value) + "\n";
    return text + response.bytes();
}

// Some of everything, as a client sees it.
Task<std::vector<std::string>> visit(const http::Client& client) {
    std::vector<std::string> seen;
    auto moved = co_await client.get("http://shop.test/old");
    seen.push_back(told(moved));
    auto bytes = co_await client.get("http://shop.test/bytes");
    seen.push_back(told(bytes));
    auto none = co_await client.delete_("http://shop.test/none");
    seen.push_back(told(none));
    auto head = co_await client.head("http://shop.test/head");
    seen.push_back(told(head));
    auto posted = co_await client.post("http://shop.test/post").body("a \\ b\n").bearer("secret");
    seen.push_back(told(posted));
    auto generated = co_await client.put("http://shop.test/put").body(pieces());
    seen.push_back(told(generated));
    co_return seen;
}

TEST_SUITE("recorder") {
    TEST_CASE("what was recorded is replayed from its text without a network, and the client sees no difference") {
        std::vector<std::string> live;
        std::string text;
        sim::run([&](sim::World& world) -> Task<> {
            world.host("shop.test").latency(10ms).serve(80, shop);
            auto recorder = std::make_shared<Recorder>();
            http::Client client(recorder->settings());
            live = co_await visit(client);
            text = recorder->tape().text();
        });
        REQUIRE(live.size() == 6);
        CHECK(text.find("> GET http://shop.test/old\n") != std::string::npos);
        CHECK(text.find("> GET http://shop.test/new?x=1\n") != std::string::npos); // the redirect is one of its own
        CHECK(text.find("> authorization: (hidden)\n") != std::string::npos);
        CHECK(text.find("secret") == std::string::npos);
        CHECK(text.find("| a \\\\ b\n< 200") != std::string::npos);
        CHECK(text.find("| \\x00\n| \\\\\\x80 end\n") != std::string::npos);
        CHECK(text.find("| one\n| two\\\n") != std::string::npos);
        CHECK(Tape::parse(text).text() == text);

        sim::run([&]() -> Task<> {
            StubServer replayed = Tape::parse(text).replay();
            http::Client client = replayed.client();
            std::vector<std::string> again = co_await visit(client);
            CHECK(again == live);
            replayed.verify();
        });
    }

    TEST_CASE("a replay tells what was missing and what came unasked") {
        sim::run([]() -> Task<> {
            Tape tape =
                Tape::parse("# corduroy tape 1\n> GET http://h/1\n< 200 OK\n\n> GET http://h/2\n< 200 OK\n| x\\\n");
            StubServer server = tape.replay();
            http::Client client = server.client();
            auto one = co_await client.get("http://h/1");
            CHECK(one.status() == 200);
            auto three = co_await client.get("http://h/3");
            CHECK(three.status() == 500);
            CHECK(server.report().find("came unasked: GET http://h/3") != std::string::npos);
            CHECK(server.report().find("missing: GET http://h/2") != std::string::npos);
            CHECK_THROWS_AS(server.verify(), StubMismatch);
        });
    }

    TEST_CASE("headers count where they are asked for") {
        sim::run([]() -> Task<> {
            Tape tape = Tape::parse("# corduroy tape 1\n> GET http://h/\n> x-key: k\n< 200 OK\n");
            StubServer server = tape.replay(StubServer::Order::strict, {"x-key"});
            http::Client client = server.client();
            auto without = co_await client.get("http://h/");
            CHECK(without.status() == 500);
            auto with = co_await client.get("http://h/").header("x-key", "k");
            CHECK(with.status() == 200);
        });
    }

    TEST_CASE("an answer that broke is recorded and replayed as broken, and so is one that never came") {
        std::string text;
        std::vector<std::string> failures;
        sim::run([&]() -> Task<> {
            StubServer server;
            server.expect("GET", "http://h/cut")
                .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").then_close());
            server.expect("GET", "http://h/chunks")
                .answer(
                    StubAnswer::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").then_reset());
            server.expect("GET", "http://h/nothing").answer(StubAnswer::raw("").then_reset());
            server.expect("GET", "http://h/until-close")
                .answer(StubAnswer::raw("HTTP/1.1 200 OK\r\n\r\nall of it").then_close());
            auto recorder = std::make_shared<Recorder>(server.settings());
            http::Client client(recorder->settings());
            for (const char* path : {"cut", "chunks", "nothing"}) {
                auto outcome = co_await attempt(client.get("http://h/" + std::string(path)));
                failures.push_back(outcome.failure().message());
            }
            auto whole = co_await client.get("http://h/until-close");
            CHECK(whole.bytes() == "all of it");
            text = recorder->tape().text();
        });
        CHECK(text.find("| half\\\n! closed\n") != std::string::npos);
        CHECK(text.find("| half\\\n! reset\n") != std::string::npos);
        sim::run([&]() -> Task<> {
            StubServer server = Tape::parse(text).replay();
            http::Client client = server.client();
            std::size_t number = 0;
            for (const char* path : {"cut", "chunks", "nothing"}) {
                auto outcome = co_await attempt(client.get("http://h/" + std::string(path)));
                CHECK(outcome.failure().message() == failures[number++]);
            }
            auto whole = co_await client.get("http://h/until-close");
            CHECK(whole.bytes() == "all of it");
            server.verify();
        });
    }

    TEST_CASE("a tape is kept in a file") {
        std::string path = "/tmp/corduroy-tape-" + std::to_string(::getpid());
        Tape tape = Tape::parse("# corduroy tape 1\n> GET http://h/\n< 200 OK\n| x\n");
        tape.save(path);
        CHECK(Tape::load(path).text() == tape.text());
        std::remove(path.c_str());
        CHECK_THROWS_WITH_AS(Tape::load(path), doctest::Contains("No such file"), IoError);
        CHECK_THROWS_WITH_AS(tape.save("/nonexistent/tape"), doctest::Contains("write /nonexistent/tape"), IoError);
    }

    TEST_CASE("what is no tape is refused, with the line that is wrong") {
        auto refused = [](const std::string& lines, const char* what) {
            CHECK_THROWS_WITH_AS(Tape::parse("# corduroy tape 1\n" + lines), doctest::Contains(what), Error);
        };
        CHECK_THROWS_WITH_AS(Tape::parse("> GET http://h/\n"), doctest::Contains("line 1 is none of a tape"), Error);
        refused("> GET\n", "line 2 is none of a tape: a request is a method and a URL");
        refused("< 200 OK\n", "line 2 is none of a tape: an answer follows a request");
        refused("# fine\n> GET http://h/\n< ok\n", "line 4 is none of a tape: an answer is a status");
        refused("> GET http://h/\n| \\q\n", "line 3 is none of a tape: a backslash");
        refused("> GET http://h/\n| \\x1\n", "line 3 is none of a tape: \"\\x\"");
        refused("> GET http://h/\n! gone\n", "line 3 is none of a tape: what ends");
        refused("GET\n", "line 2 is none of a tape");
        refused("| x\n", "line 2 is none of a tape: a body follows a head");
        CHECK(Tape::parse("# corduroy tape 1\n").exchanges.empty());
    }
}

} // namespace

} // namespace corduroy::testing
