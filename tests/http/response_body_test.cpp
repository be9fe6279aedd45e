// The body of a response, line by line and piece by piece.

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/testing/run.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using corduroy::testing::StubAnswer;
using corduroy::testing::StubServer;

namespace {

Task<std::vector<std::string>> all_of(AsyncGenerator<std::string> items) {
    std::vector<std::string> all;
    while (auto item = co_await items.next()) all.push_back(*item);
    co_return all;
}

} // namespace

TEST_CASE("lines come without their ends, however the body was cut, streamed and whole") {
    sim::run([]() -> Task<> {
        std::string body = "one\r\ntwo\n\nfo\rur\r\nlast";
        std::vector<std::string> lines{"one", "two", "", "fo\rur", "last"};
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
            CAPTURE(cut);
            StubServer server;
            server.expect("GET", "http://h/")
                .times(2)
                .answer(StubAnswer(200).then(body.substr(0, cut)).pause(1ms).then(body.substr(cut)));
            http::Client client = server.client();
            auto streamed = co_await client.get("http://h/").streamed();
            auto of_streamed = co_await all_of(streamed.lines());
            CHECK(of_streamed == lines);
            CHECK(!streamed.streamed());
            auto whole = co_await client.get("http://h/");
            auto of_whole = co_await all_of(whole.lines());
            CHECK(of_whole == lines);
            CHECK(client.idle_connections() == 1);
        }
    });
}

TEST_CASE("the bound of a line holds to the byte, and its end does not count") {
    sim::run([]() -> Task<> {
        for (std::size_t length : {9U, 10U, 11U}) {
            for (std::string end : {"", "\n", "\r\n"}) {
                CAPTURE(length);
                http::Response response(200, std::string(length, 'x') + end);
                auto got = co_await attempt(all_of(response.lines(10)));
                CHECK(got.has_value() == (length <= 10));
                if (!got) CHECK(got.failure().check<http::TooLarge>());
            }
        }
    });
}

TEST_CASE("chunks are the pieces as they come, and one piece of a body that is whole") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(200).then("one").pause(1ms).then("two"));
        http::Client client = server.client();
        auto streamed = co_await client.get("http://h/").streamed();
        auto pieces = co_await all_of(streamed.chunks());
        CHECK(pieces == std::vector<std::string>{"one", "two"});
        http::Response whole(200, "all");
        auto piece = co_await all_of(whole.chunks());
        CHECK(piece == std::vector<std::string>{"all"});
        http::Response empty(200);
        auto none = co_await all_of(empty.chunks());
        CHECK(none.empty());
    });
}

TEST_CASE("a generator of lines that is dropped leaves the rest to the response; the response dropped closes") {
    sim::run([]() -> Task<> {
        StubServer server;
        server.expect("GET", "http://h/").answer(StubAnswer(200).then("one\n").pause(1s).then("two\n"));
        http::Client client = server.client();
        {
            auto response = co_await client.get("http://h/").streamed();
            {
                auto lines = response.lines();
                auto first = co_await lines.next();
                CHECK(first == "one");
            }
            co_await response.read_all();
            CHECK(response.bytes() == "two\n");
        }
        CHECK(client.idle_connections() == 1);
    });
}
