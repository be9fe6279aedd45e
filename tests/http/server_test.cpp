#include <corduroy/http/server.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/http/error.hpp>

#include "http/http_date.hpp"
#include "http/server_fixture.hpp"

#include <unistd.h>

using namespace corduroy;
using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

struct Case {
    std::string title;
    std::string sent;
    std::string answered;
};

std::string ok(std::string_view body, std::string_view more = {}) {
    return "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ndate\r\ncontent-length: " +
           std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

std::string refused(std::string_view status, std::string_view line) {
    return "HTTP/1.1 " + std::string(status) +
           "\r\ncontent-type: text/plain; charset=utf-8\r\ndate\r\ncontent-length: " + std::to_string(line.size() + 1) +
           "\r\nconnection: close\r\n\r\n" + std::string(line) + "\n";
}

const std::string closes = "connection: close\r\n";

std::vector<Case> cases() {
    return {
        {"a request", wire("GET / HTTP/1.1\nHost: h\n\n"), ok("GET /\n")},
        {"nothing at all", "", ""},
        {"two requests, one after the other", wire("GET /1 HTTP/1.1\nHost: h\n\nGET /2 HTTP/1.1\nHost: h\n\n"),
         ok("GET /1\n") + ok("GET /2\n")},
        {"bodies between pipelined requests",
         wire("POST /1 HTTP/1.1\nHost: h\nContent-Length: 3\n\nabcPUT /2 HTTP/1.1\nHost: h\n"
              "Transfer-Encoding: chunked\n\n3\nxyz\n2;ext\nuv\n0\nTrailer: t\n\nGET /3 HTTP/1.1\nHost: h\n\n"),
         ok("POST /1 [abc]\n") + ok("PUT /2 [xyzuv]\n") + ok("GET /3\n")},
        {"a body of no bytes", wire("POST / HTTP/1.1\nHost: h\nContent-Length: 0\n\n"), ok("POST /\n")},
        {"a body of no chunks", wire("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n0\n\n"), ok("POST /\n")},
        {"HEAD, which is told the size of what it is not given",
         wire("HEAD / HTTP/1.1\nHost: h\n\nGET /2 HTTP/1.1\nHost: h\n\n"),
         wire("HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ndate\ncontent-length: 7\n\n") +
             ok("GET /2\n")},
        {"a client that wants the end", wire("GET / HTTP/1.1\nHost: h\nConnection: close\n\n"), ok("GET /\n", closes)},
        {"HTTP/1.0", wire("GET / HTTP/1.0\n\n"), ok("GET /\n", closes)},
        {"HTTP/1.0 kept alive", wire("GET /1 HTTP/1.0\nConnection: keep-alive\n\nGET /2 HTTP/1.0\n\n"),
         ok("GET /1\n", "connection: keep-alive\r\n") + ok("GET /2\n", closes)},
        {"a client that waits to be told to go on",
         wire("POST / HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 2\n\nhi"),
         wire("HTTP/1.1 100 Continue\n\n") + ok("POST / [hi]\n")},
        {"one that waits to send nothing", wire("GET / HTTP/1.1\nHost: h\nExpect: 100-continue\n\n"), ok("GET /\n")},
        {"an offer of another protocol, which is not taken up",
         wire("GET /1 HTTP/1.1\nHost: h\nConnection: upgrade\nUpgrade: websocket\n\nGET /2 HTTP/1.1\nHost: h\n\n"),
         ok("GET /1\n") + ok("GET /2\n")},
        {"a target that is a whole URL", wire("GET http://h/x?y HTTP/1.1\nHost: h\n\n"), ok("GET http://h/x?y\n")},
        {"a target that is no path", wire("OPTIONS * HTTP/1.1\nHost: h\n\n"), ok("OPTIONS *\n")},
        {"a request, and then nonsense", wire("GET / HTTP/1.1\nHost: h\n\nnonsense\n\n"),
         ok("GET /\n") + refused("501 Not Implemented", "*")},
        {"two lengths", wire("POST / HTTP/1.1\nHost: h\nContent-Length: 1\nContent-Length: 2\n\nab"),
         refused("400 Bad Request", "*")},
        {"a length and chunks",
         wire("POST / HTTP/1.1\nHost: h\nContent-Length: 1\nTransfer-Encoding: chunked\n\n0\n\n"),
         refused("400 Bad Request", "*")},
        {"no host", wire("GET / HTTP/1.1\n\n"), refused("400 Bad Request", "*")},
        {"a later version", wire("GET / HTTP/2.0\nHost: h\n\n"), refused("505 HTTP Version Not Supported", "*")},
        {"a chunk of no size", wire("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\nzz\n"),
         refused("400 Bad Request", "*")},
        {"the end in a head", wire("GET / HTTP/1.1\nHo"), refused("400 Bad Request", "*")},
        {"the end in a body", wire("POST / HTTP/1.1\nHost: h\nContent-Length: 5\n\nab"),
         refused("400 Bad Request", "*")},
        {"a tunnel", wire("CONNECT h:443 HTTP/1.1\nHost: h\n\n"),
         refused("501 Not Implemented", "CONNECT is not supported")},
    };
}

// Takes out the one line of a refusal, and its length, which the codec's tests hold to their words.
std::string without_reason(std::string text) {
    std::size_t end = text.rfind("connection: close\r\n\r\n");
    std::size_t length = text.rfind("content-length: ", end);
    if (end == std::string::npos || text.find("CONNECT is") != std::string::npos) return text;
    if (text.find("HTTP/1.1 4") == std::string::npos && text.find("HTTP/1.1 5") == std::string::npos) return text;
    CHECK(text.back() == '\n');
    CHECK(std::count(text.begin() + static_cast<std::ptrdiff_t>(end) + 21, text.end(), '\n') == 1);
    return text.substr(0, length) + text.substr(end, 21);
}

Task<> check(const net::Address& address, const Case& one, std::vector<std::size_t> cuts) {
    std::size_t first = cuts.empty() ? 0 : cuts.front();
    std::size_t pieces = cuts.size() + 1;
    std::string answer = co_await converse(address, one.sent, std::move(cuts));
    bool right = without_reason(answer) == without_reason(one.answered);
    CHECK_MESSAGE(right, one.title << " in " << pieces << " pieces, first " << first << " bytes: " << answer);
}

// Whole, in pieces of one size, and cut in two at each place.
std::vector<std::vector<std::size_t>> ways_to_cut(std::size_t length) {
    std::vector<std::vector<std::size_t>> ways(1);
    for (std::size_t size = 1; size <= 9; ++size) {
        auto& cuts = ways.emplace_back();
        for (std::size_t at = size; at < length; at += size) cuts.push_back(at);
    }
    for (std::size_t at = 1; at < length; ++at) ways.emplace_back(1, at);
    return ways;
}

} // namespace

TEST_CASE("requests are answered in their order, however their bytes are cut") {
    auto all = cases();
    with_server({}, echo, [&](Server& server) -> Task<> {
        std::vector<Task<>> checks;
        for (const Case& one : all)
            for (auto& cuts : ways_to_cut(one.sent.size())) checks.push_back(check(server.address(), one, cuts));
        co_await gather(std::move(checks), 64);
    });
}

TEST_CASE("a refused client sees why, and is not reset, though it sends on") {
    with_server({}, echo, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("nonsense\r\n\r\n");
        co_await stream.write_all(std::string(200'000, 'x'));
        std::string answer = co_await stream.read_all(1 << 20);
        CHECK(answer.substr(0, 30) == "HTTP/1.1 501 Not Implemented\r\n");
    });
}

TEST_CASE("a handler's head is sent as it is, but for what is the server's to say") {
    auto handler = [](Request&) -> Task<Response> {
        Response answer(404, "gone", "text/x");
        answer.header("X-Thing", "1").header("Date", "never").header("Content-Length", "99");
        answer.header("Transfer-Encoding", "chunked").header("Set-Cookie", "a").header("Set-Cookie", "b");
        co_return answer;
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        std::string answer = co_await stream.read_all(4096);
        CHECK(answer == wire("HTTP/1.1 404 Not Found\ncontent-type: text/x\nX-Thing: 1\nDate: never\nSet-Cookie: a\n"
                             "Set-Cookie: b\ncontent-length: 4\nconnection: close\n\ngone"));
    });
}

TEST_CASE("a handler that wants the connection closed has it closed") {
    auto handler = [](Request&) -> Task<Response> { co_return Response(200).header("connection", "close"); };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string answer = co_await ask(server.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(answer == wire("HTTP/1.1 200 OK\ndate\ncontent-length: 0\nconnection: close\n\n"));
    });
}

TEST_CASE("204 and 304 have no body and no length, whatever the handler gave") {
    auto handler = [](Request& request) -> Task<Response> {
        co_return Response(request.path() == "/204" ? 204 : 304, "a body", "");
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string answers =
            co_await converse(server.address(), wire("GET /204 HTTP/1.1\nHost: h\n\nGET /304 HTTP/1.1\nHost: h\n\n"));
        CHECK(answers == wire("HTTP/1.1 204 No Content\ndate\n\nHTTP/1.1 304 Not Modified\ndate\n\n"));
    });
}

TEST_CASE("a handler that throws is answered for, reported once, and the connection goes on") {
    auto handler = [](Request& request) -> Task<Response> {
        if (request.path() == "/throw") throw std::runtime_error("the shelf is empty");
        if (request.path() == "/status") throw StatusError({}, 418, {}, "short and stout\n");
        if (request.path() == "/foreign") throw StatusError({"GET", "http://up/", Phase::body}, 404, {}, "secret");
        if (request.path() == "/bad") co_return Response(42);
        if (request.path() == "/cancelled") throw corduroy::Cancelled();
        if (request.path() == "/header") co_return Response(200).header("Location", "/\r\nSet-Cookie: a=b");
        co_return Response(200, "fine");
    };
    run_test([&](Machine& machine) -> Task<> {
        std::vector<std::string> reports;
        machine.reactor().on_unhandled([&](const Failure& failure, std::string_view context) {
            reports.push_back(std::string(context) + ": " + failure.message());
        });
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            std::string sent;
            for (const char* path : {"/throw", "/status", "/foreign?q", "/bad", "/cancelled", "/header", "/"})
                sent += "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n";
            std::string answers = co_await converse(server.address(), sent);
            std::string failed = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain; charset=utf-8\r\n"
                                 "date\r\ncontent-length: 22\r\n\r\nInternal Server Error\n";
            CHECK(answers == failed +
                                 wire("HTTP/1.1 418 I'm a teapot\ncontent-type: text/plain; charset=utf-8\ndate\n"
                                      "content-length: 16\n\n") +
                                 "short and stout\n" + failed + failed + failed + failed + ok("fine"));
            server.stop();
        };
        co_await with_task_group(body);
        REQUIRE(reports.size() == 5);
        CHECK(reports[0] == "answering GET /throw: the shelf is empty");
        CHECK(reports[1].starts_with("answering GET /foreign: "));
        CHECK(reports[2] == "answering GET /bad: an answer cannot have the status 42");
        CHECK(reports[3] == "answering GET /cancelled: cancelled");
        CHECK(reports[4] == "answering GET /header: the value of the header Location holds the character 0x0d, which "
                            "no header may hold");
    });
}

TEST_CASE("a callable that throws before it gives a Task is answered for, too") {
    auto handler = [](Request&) -> Task<Response> { throw corduroy::Error("no"); };
    run_test([&](Machine& machine) -> Task<> {
        int reports = 0;
        machine.reactor().on_unhandled([&](const Failure&, std::string_view) { ++reports; });
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            std::string answer = co_await converse(server.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            CHECK(answer.starts_with("HTTP/1.1 500 "));
            server.stop();
        };
        co_await with_task_group(body);
        CHECK(reports == 1);
    });
}

TEST_CASE("a handler may take the request by value, and be named or copied") {
    auto handler = [](Request request) -> Task<Response> {
        co_await sleep(1ms);
        co_return Response(200, request.method() + std::string(request.path()));
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string answers =
            co_await converse(server.address(), wire("GET /1 HTTP/1.1\nHost: h\n\nHEAD /2 HTTP/1.1\nHost: h\n\n"));
        CHECK(answers == ok("GET/1") + wire("HTTP/1.1 200 OK\ncontent-type: text/plain; charset=utf-8\ndate\n"
                                            "content-length: 6\n\n"));
    });
}

TEST_CASE("connections are served side by side, up to the bound, and the next waits for one to end") {
    ServerSettings settings;
    settings.connections = 2;
    int running = 0;
    int most = 0;
    auto handler = [&](Request&) -> Task<Response> {
        most = std::max(most, ++running);
        co_await sleep(1s);
        --running;
        co_return Response(200, "done").header("connection", "close");
    };
    with_server(settings, handler, [&](Server& server) -> Task<> {
        TimePoint began = Reactor::current().now();
        auto body = [&](TaskGroup& group) -> Task<> {
            for (int i = 0; i < 5; ++i) group.spawn(converse(server.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
            co_await sleep(500ms);
            CHECK(server.connections() == 2);
            CHECK(server.busy_connections() == 2);
        };
        co_await with_task_group(body);
        CHECK(most == 2);
        CHECK(Reactor::current().now() - began >= 3s);
        CHECK(Reactor::current().now() - began < 4s);
    });
}

TEST_CASE("a server listens on Unix paths, too") {
    run_test([]() -> Task<> {
        std::string path = "/tmp/corduroy-test-" + std::to_string(::getpid()) + ".sock";
        Server server = co_await listen("unix:" + path);
        CHECK(server.port() == 0);
        CHECK(server.address().path() == path);
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(echo));
            std::string answer = co_await converse(server.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            CHECK(answer == ok("GET /\n"));
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("a handler knows who asks, and for what") {
    auto handler = [](Request& request) -> Task<Response> {
        std::string text = std::string(request.path()) + " " + std::string(request.query()) + " " +
                           std::string(request.host()) + " " + request.peer().host() + " " +
                           std::string(to_string(request.version()));
        co_return Response(200, text);
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string answer =
            co_await ask(server.address(), wire("GET /a%20b?q=1?2 HTTP/1.1\nHost: h.test:80\nConnection: close\n\n"));
        CHECK(answer == ok("/a%20b q=1?2 h.test:80 127.0.0.1 HTTP/1.1", closes));
    });
}

TEST_CASE("a request's target is taken apart in each of its forms") {
    struct Form {
        const char* target;
        const char* path;
        const char* query;
        const char* host;
    };
    for (const Form& form : {Form{"/", "/", "", "h"}, Form{"/a/b?c?d", "/a/b", "c?d", "h"}, Form{"/?", "/", "", "h"},
                             Form{"*", "*", "", "h"}, Form{"http://other", "/", "", "other"},
                             Form{"http://other?x=/y", "/", "x=/y", "other"}, Form{"/a://b/c", "/a://b/c", "", "h"},
                             Form{"http://o:1/p?q=http://r/", "/p", "q=http://r/", "o:1"}}) {
        RequestHead head;
        head.target = form.target;
        head.headers.add("Host", "h");
        Request request(std::move(head));
        CAPTURE(form.target);
        CHECK(request.path() == form.path);
        CHECK(request.query() == form.query);
        CHECK(request.host() == form.host);
    }
}

TEST_CASE("dates are those of the RFC") {
    using namespace std::chrono;
    CHECK(http_date(system_clock::time_point(784111777s)) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(system_clock::time_point(1709251199s + 999ms)) == "Thu, 29 Feb 2024 23:59:59 GMT");
    CHECK(http_date(system_clock::time_point(0s)) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("the date is the calendar's, second by second") {
    with_server({}, echo, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        auto date = [&]() -> Task<std::string> {
            co_await stream.write_all("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
            std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
            co_return head->substr(head->find("date: ") + 6, 29);
        };
        std::string first = co_await date();
        CHECK(first == "Thu, 01 Jan 2026 00:00:00 GMT");
        co_await sleep(999ms);
        std::string same = co_await date();
        CHECK(same == first);
        co_await sleep(1ms);
        std::string later = co_await date();
        CHECK(later == "Thu, 01 Jan 2026 00:00:01 GMT");
    });
}
