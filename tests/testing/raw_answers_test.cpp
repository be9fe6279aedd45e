// Raw bytes of answers, cut at every place, through a whole client: what it makes of them does not depend on the cut.

#include <corduroy/testing/stub_server.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/client.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::testing {

namespace {

struct Row {
    const char* name;
    const char* method;
    std::string bytes;
    bool then_ends; // the connection, behind these bytes
};

const std::vector<Row> rows = {
    {"a length", "GET", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx: 1\r\n\r\nhello", false},
    {"no body", "GET", "HTTP/1.1 204 No Content\r\n\r\n", false},
    {"chunks, with an extension and a trailer", "GET",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nx-sum: 7\r\n\r\n", false},
    {"until the end", "GET", "HTTP/1.0 200 OK\r\n\r\nhello", true},
    {"interim answers first", "GET",
     "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", false},
    {"to HEAD", "HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", false},
    {"an empty reason", "GET", "HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n", false},
    {"a body cut short", "GET", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", true},
    {"chunks cut short", "GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf", true},
    {"a head cut short", "GET", "HTTP/1.1 200 OK\r\ncontent-le", true},
    {"nothing at all", "GET", "", true},
    {"two lengths", "GET", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", true},
    {"a chunk's size that is none", "GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", true},
    {"no HTTP", "GET", "SSH-2.0-OpenSSH_9.2p1\r\n", true},
};

// What the client makes of it: the answer, or the error, and whether the connection was kept.
Task<std::string> outcome_of(const Row& row, StubAnswer answer, const MemoryConnection& flow) {
    StubServer server;
    server.flow(flow);
    server.expect(row.method, "http://h/").answer(row.then_ends ? std::move(answer).then_close() : std::move(answer));
    http::Client client = server.client();
    auto outcome = co_await attempt(client.request(row.method, "http://h/"));
    std::string text;
    if (outcome) {
        text = std::to_string(outcome->status()) + " " + outcome->reason();
        for (auto [name, value] : outcome->headers()) text += "\n" + std::string(name) + ": " + std::string(value);
        text += "\n\n" + outcome->bytes();
    } else {
        text = outcome.failure().type() + ": " + outcome.failure().message();
        // What is quoted of wrong bytes is as much as had come of them.
        text = text.substr(0, text.find("begins with"));
    }
    server.verify();
    co_return text + "\nidle: " + std::to_string(client.idle_connections());
}

std::string play(const Row& row, const std::function<StubAnswer(const std::string&)>& cut,
                 const MemoryConnection& flow = {}) {
    return run_test([&]() -> Task<std::string> { return outcome_of(row, cut(row.bytes), flow); });
}

} // namespace

TEST_SUITE("raw answers") {
    TEST_CASE("each gives the same, cut at any place, in pieces of any size, and late") {
        for (const Row& row : rows) {
            CAPTURE(row.name);
            std::string whole = play(row, [](const std::string& bytes) { return StubAnswer::raw(bytes); });
            for (std::size_t at = 0; at <= row.bytes.size(); ++at) {
                CAPTURE(at);
                auto cut = [at](const std::string& bytes) {
                    return StubAnswer::raw(bytes.substr(0, at)).then(bytes.substr(at));
                };
                CHECK(play(row, cut) == whole);
                auto late = [at](const std::string& bytes) {
                    return StubAnswer::raw(bytes.substr(0, at)).pause(std::chrono::seconds(1)).then(bytes.substr(at));
                };
                CHECK(play(row, late) == whole);
            }
            for (std::size_t size = 1; size <= 31; ++size) {
                CAPTURE(size);
                MemoryConnection flow;
                flow.to_first.piece = size;
                CHECK(play(row, [](const std::string& bytes) { return StubAnswer::raw(bytes); }, flow) == whole);
            }
        }
    }

    TEST_CASE("the table has every kind of end: whole answers, cut ones, and what is none") {
        std::vector<std::string> beginnings;
        for (const Row& row : rows) {
            std::string whole = play(row, [](const std::string& bytes) { return StubAnswer::raw(bytes); });
            beginnings.push_back(whole.substr(0, whole.find_first_of(" :\n")));
        }
        CHECK(std::count(beginnings.begin(), beginnings.end(), "200") == 6);
        CHECK(std::count(beginnings.begin(), beginnings.end(), "204") == 1);
        CHECK(std::count(beginnings.begin(), beginnings.end(), "corduroy") == 7); // errors, by their type
    }
}

} // namespace corduroy::testing
