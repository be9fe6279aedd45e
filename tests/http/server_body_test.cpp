#include <corduroy/http/server.hpp>

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/error.hpp>

#include "http/server_fixture.hpp"

#include <deque>
#include <stdexcept>

using namespace corduroy;
using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

constexpr std::string_view closing = "connection: close\r\n";

std::string post(std::size_t size, std::string_view fields = closing) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n" + std::string(fields) +
           "\r\n" + std::string(size, 'x');
}

std::string in_chunks(std::string_view fields, const std::vector<std::string>& chunks) {
    std::string out = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + std::string(fields) + "\r\n";
    for (const std::string& chunk : chunks) append_chunk(out, chunk);
    return out + std::string(end_of_chunks);
}

// The same without a list in braces, which GCC 12 does not take inside a co_await expression.
template <class... Chunks>
std::string chunked(std::string_view fields, const Chunks&... chunks) {
    return in_chunks(fields, std::vector<std::string>{std::string(chunks)...});
}

int status_of(std::string_view answer) { return answer.size() < 12 ? 0 : std::stoi(std::string(answer.substr(9, 3))); }

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

Task<Response> count(Request& request) { co_return Response(200, std::to_string(request.bytes().size())); }

// A body made of pieces, with a failure after them where one is wanted.
class Pieces : public BodyReader {
public:
    explicit Pieces(std::deque<std::string> pieces, bool fails = false) : pieces_(std::move(pieces)), fails_(fails) {}

    Task<std::string_view> read() override {
        co_await sleep(1ms);
        if (pieces_.empty() && fails_) throw std::runtime_error("the well is dry");
        if (pieces_.empty()) co_return std::string_view();
        current_ = std::move(pieces_.front());
        pieces_.pop_front();
        co_return std::string_view(current_);
    }

private:
    std::deque<std::string> pieces_;
    std::string current_;
    bool fails_;
};

Response streamed(std::deque<std::string> pieces, std::string_view length = {}, bool fails = false) {
    ResponseHead head;
    head.status = 200;
    if (!length.empty()) head.headers.add("content-length", length);
    return Response(std::move(head), std::make_unique<Pieces>(std::move(pieces), fails));
}

ServerSettings streaming() {
    ServerSettings settings;
    settings.streamed = true;
    return settings;
}

} // namespace

TEST_CASE("a body may be as large as the limit, and not a byte larger, sized or chunked") {
    for (std::size_t limit : {std::size_t{0}, std::size_t{1000}, std::size_t{1024} * 1024}) {
        ServerSettings settings;
        settings.body_limit = limit;
        with_server(settings, count, [&](Server& server) -> Task<> {
            std::vector<std::size_t> sizes{limit - (limit > 0 ? 1 : 0), limit, limit + 1};
            for (std::size_t size : sizes) {
                CAPTURE(size);
                int expected = size <= limit ? 200 : 413;
                std::string answer = co_await ask(server.address(), post(size));
                CHECK(status_of(answer) == expected);
                std::vector<std::string> chunks;
                for (std::size_t at = 0; at < size; at += 777)
                    chunks.emplace_back(std::min<std::size_t>(777, size - at), 'x');
                answer = co_await ask(server.address(), in_chunks(closing, chunks));
                CHECK(status_of(answer) == expected);
                if (expected == 200) CHECK(body_of(answer) == std::to_string(size));
                if (expected == 413)
                    CHECK(body_of(answer) == "the body is larger than " + std::to_string(limit) + " bytes\n");
            }
        });
    }
}

TEST_CASE("a client that asks before it sends too much is told without sending it") {
    with_server({}, count, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all(
            "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(status_of(*head) == 413);
    });
}

TEST_CASE("a head may be as large as its limit, and have as many fields") {
    ServerSettings settings;
    settings.codec.head_bytes = 300;
    settings.codec.fields = 10;
    with_server(settings, echo, [](Server& server) -> Task<> {
        std::vector<std::size_t> sizes{299, 300, 301};
        for (std::size_t size : sizes) {
            CAPTURE(size);
            std::string head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: ";
            head += std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
            std::string answer = co_await ask(server.address(), head);
            CHECK(status_of(answer) == (size <= 300 ? 200 : 431));
        }
        std::vector<std::size_t> counts{9, 10, 11};
        for (std::size_t fields : counts) {
            CAPTURE(fields);
            std::string head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
            for (std::size_t i = 2; i < fields; ++i) head += "X: y\r\n";
            std::string answer = co_await ask(server.address(), head + "\r\n");
            CHECK(status_of(answer) == (fields <= 10 ? 200 : 431));
        }
    });
}

TEST_CASE("no buffer of the reactor's is held while a connection is idle or its handler runs") {
    run_test([](Machine& machine) -> Task<> {
        auto handler = [&](Request& request) -> Task<Response> {
            co_await sleep(1s);
            CHECK(machine.reactor().stats().buffers_out == 0);
            co_return Response(200, request.text());
        };
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            std::string both = post(5, "") + post(6, "");
            std::string answers = co_await converse(server.address(), both);
            CHECK(answers.ends_with("xxxxxx"));
            CHECK(machine.reactor().stats().buffers_out == 0);
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("a streamed answer goes in chunks, as its pieces come") {
    auto handler = [](Request&) -> Task<Response> { co_return streamed({"one", std::string(20, '2'), "three"}); };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        std::string answers = co_await converse(server.address(), get + get);
        std::string one = wire("HTTP/1.1 200 OK\ndate\ntransfer-encoding: chunked\n\n3\none\n14\n22222222222222222222\n"
                               "5\nthree\n0\n\n");
        CHECK(answers == one + one);
        std::string old = co_await ask(server.address(), "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(old == wire("HTTP/1.1 200 OK\ndate\nconnection: close\n\n") + "one22222222222222222222three");
        std::string head = co_await converse(server.address(), "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get);
        CHECK(head == wire("HTTP/1.1 200 OK\ndate\n\n") + one);
    });
}

TEST_CASE("the head of a streamed answer does not wait for its first piece") {
    auto handler = [](Request&) -> Task<Response> { co_return streamed({"late"}); };
    with_server({}, handler, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        TimePoint began = Reactor::current().now();
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(status_of(*head) == 200);
        CHECK(Reactor::current().now() == began);
    });
}

TEST_CASE("a streamed answer of known size is sent in so many bytes, and cut off where it lied") {
    int reports = 0;
    auto handler = [](Request& request) -> Task<Response> {
        co_return streamed({"abc", "de"}, request.path().substr(1), request.query() == "fails");
    };
    run_test([&](Machine& machine) -> Task<> {
        machine.reactor().on_unhandled([&](const Failure&, std::string_view) { ++reports; });
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            auto get = [&](std::string target) -> Task<std::string> {
                std::string request = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
                std::string answer = co_await converse(server.address(), request);
                co_return answer;
            };
            std::string whole = co_await get("/5");
            CHECK(whole == wire("HTTP/1.1 200 OK\ndate\ncontent-length: 5\n\nabcde"));
            CHECK(reports == 0);
            std::string shorter = co_await get("/6");
            CHECK(body_of(shorter) == "abcde");
            CHECK(reports == 1);
            std::string longer = co_await get("/4");
            CHECK(body_of(longer) == "abc");
            CHECK(reports == 2);
            std::string failed = co_await get("/5?fails");
            CHECK(body_of(failed) == "abcde");
            CHECK(reports == 3);
            std::string nonsense = co_await get("/5x");
            CHECK(status_of(nonsense) == 500);
            CHECK(reports == 4);
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("a chunked answer whose source fails ends without its last chunk") {
    auto handler = [](Request&) -> Task<Response> { co_return streamed({"abc"}, {}, true); };
    run_test([&](Machine& machine) -> Task<> {
        std::string reported;
        machine.reactor().on_unhandled([&](const Failure& failure, std::string_view context) {
            reported = std::string(context) + ": " + failure.message();
        });
        Server server = co_await listen("127.0.0.1:0");
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            std::string answer = co_await ask(server.address(), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
            CHECK(body_of(answer) == "3\r\nabc\r\n");
            CHECK(reported == "answering GET /x: the well is dry");
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("answers of any size arrive whole, one after the other") {
    auto handler = [](Request& request) -> Task<Response> {
        std::size_t size = std::stoul(std::string(request.query()));
        std::string body(size, '\0');
        for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i * 7 % 23);
        co_return Response(200, std::move(body), "");
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        std::vector<std::size_t> sizes{0, 1, 65535, 65536, 65537, 131072, 131073, 3'000'000};
        for (std::size_t size : sizes) {
            CAPTURE(size);
            co_await stream.write_all("GET /?" + std::to_string(size) + " HTTP/1.1\r\nHost: h\r\n\r\n");
            std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
            CHECK(head->ends_with("\r\ncontent-length: " + std::to_string(size)));
            std::string body = co_await stream.read_exactly(size);
            bool right = true;
            for (std::size_t i = 0; i < size; ++i) right = right && body[i] == static_cast<char>('a' + i * 7 % 23);
            CHECK(right);
        }
    });
}

TEST_CASE("a handler may read the body piece by piece, beyond any limit, and answer as it comes") {
    auto handler = [](Request& request) -> Task<Response> {
        CHECK(request.streamed());
        auto early = [&] { return request.bytes(); };
        CHECK_THROWS_AS(early(), corduroy::Error);
        std::size_t size = 0;
        for (;;) {
            std::string_view piece = co_await request.read();
            if (piece.empty()) break;
            size += piece.size();
        }
        std::string_view nothing = co_await request.read();
        CHECK(nothing.empty());
        co_return Response(200, std::to_string(size));
    };
    with_server(streaming(), handler, [](Server& server) -> Task<> {
        std::string answer = co_await ask(server.address(), post(3'000'000));
        CHECK(body_of(answer) == "3000000");
        answer = co_await ask(server.address(), chunked(closing, "abc", std::string(100'000, 'x'), "d"));
        CHECK(body_of(answer) == "100004");
        // One after the other on one connection, cut everywhere.
        std::string three = post(5, "") + chunked("", "abc", "de", "f") + post(7);
        for (std::size_t at = 1; at < three.size(); ++at) {
            CAPTURE(at);
            std::vector<std::size_t> cuts(1, at);
            answer = co_await converse(server.address(), three, cuts);
            std::size_t first = answer.find("\r\n\r\n5HTTP");
            CHECK(first != std::string::npos);
            CHECK(answer.find("\r\n\r\n6HTTP", first) != std::string::npos);
            CHECK(answer.ends_with("\r\n\r\n7"));
        }
    });
}

TEST_CASE("an answer can be made of the request's body as it comes") {
    class Loud : public BodyReader {
    public:
        explicit Loud(Request& request) : request_(request) {}
        Task<std::string_view> read() override {
            std::string_view piece = co_await request_.read();
            loud_.assign(piece);
            for (char& c : loud_) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            co_return std::string_view(loud_);
        }

    private:
        Request& request_;
        std::string loud_;
    };
    auto handler = [](Request& request) -> Task<Response> {
        ResponseHead head;
        head.status = 200;
        co_return Response(std::move(head), std::make_unique<Loud>(request));
    };
    with_server(streaming(), handler, [](Server& server) -> Task<> {
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(status_of(*head) == 200);
        std::vector<std::string> pieces{"one", "two", "six"};
        for (const std::string& piece : pieces) {
            co_await stream.write_all(piece);
            std::optional<std::string> size = co_await stream.read_line();
            CHECK(size == "3");
            std::optional<std::string> loud = co_await stream.read_line();
            CHECK(loud->size() == 3);
            CHECK(std::isupper(static_cast<unsigned char>((*loud)[0])));
        }
        std::optional<std::string> last = co_await stream.read_line();
        CHECK(last == "0");
    });
}

TEST_CASE("a client that waits to go on is told so when the handler reads, and not before") {
    auto handler = [](Request& request) -> Task<Response> {
        if (request.path() == "/no") co_return Response(403, "no");
        co_await sleep(5s);
        co_await request.read_all();
        co_return Response(200, request.text());
    };
    with_server(streaming(), handler, [](Server& server) -> Task<> {
        std::string fields = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        net::Stream stream = co_await net::connect(server.address());
        TimePoint began = Reactor::current().now();
        co_await stream.write_all("POST /" + fields);
        std::optional<std::string> interim = co_await stream.read_until("\r\n\r\n");
        CHECK(status_of(*interim) == 100);
        CHECK(Reactor::current().now() - began == 5s);
        co_await stream.write_all("hi");
        std::optional<std::string> head = co_await stream.read_until("\r\n\r\n");
        CHECK(status_of(*head) == 200);
        // Whether a client that was told no sends its body all the same nobody knows: the connection ends.
        net::Stream other = co_await net::connect(server.address());
        co_await other.write_all("POST /no" + fields);
        head = co_await other.read_until("\r\n\r\n");
        CHECK(status_of(*head) == 403);
        CHECK(head->find("connection: close") != std::string::npos);
    });
}

TEST_CASE("what a handler leaves of a body is dropped up to the limit, beyond which the connection ends") {
    ServerSettings settings = streaming();
    settings.drain_limit = 1000;
    auto handler = [](Request& request) -> Task<Response> { co_return Response(200, request.method()); };
    with_server(settings, handler, [](Server& server) -> Task<> {
        std::string next = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        std::vector<std::size_t> sizes{999, 1000, 1001};
        for (std::size_t size : sizes) {
            CAPTURE(size);
            std::vector<std::size_t> cuts{60, 70, 200};
            std::string answer = co_await converse(server.address(), post(size, "") + next, cuts);
            CHECK(body_of(answer).starts_with("POST"));
            CHECK((answer.find("connection: close") == std::string::npos) == (size <= 1000));
            CHECK(answer.ends_with("GET") == (size <= 1000));
        }
        std::string answer = co_await converse(server.address(), chunked("", "ab") + next);
        CHECK(body_of(answer) == "POST");
    });
}

TEST_CASE("a body that was too large to be read whole is not read on behind what is gone") {
    auto handler = [](http::Request& request) -> Task<http::Response> {
        auto small = co_await attempt(request.read_all(10));
        CHECK(small.failure().check<http::TooLarge>());
        auto large = co_await attempt(request.read_all());
        CHECK(large.failure().message() == "the body was too large to be read whole, and a part of it is gone");
        auto piece = co_await attempt(request.read());
        CHECK_FALSE(piece.has_value());
        co_return http::Response(413);
    };
    http::ServerSettings settings;
    settings.streamed = true;
    with_server(settings, handler, [&](http::Server& server) -> Task<> {
        auto answer =
            co_await http::post("http://127.0.0.1:" + std::to_string(server.port())).body(std::string(100, 'x'));
        CHECK(answer.status() == 413);
    });
}

TEST_CASE("failures of reading a body that a handler lets pass have statuses of their own") {
    auto handler = [](Request& request) -> Task<Response> {
        co_await request.read_all(10);
        co_return Response(200, request.text());
    };
    run_test([&](Machine& machine) -> Task<> {
        int reports = 0;
        machine.reactor().on_unhandled([&](const Failure&, std::string_view) { ++reports; });
        Server server = co_await listen("127.0.0.1:0").streamed();
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(handler));
            std::string answer = co_await ask(server.address(), post(10));
            CHECK(status_of(answer) == 200);
            answer = co_await ask(server.address(), post(11));
            CHECK(status_of(answer) == 413);
            answer = co_await ask(server.address(), chunked(closing, "abc", "defghijk"));
            CHECK(status_of(answer) == 413);
            answer = co_await ask(server.address(),
                                  "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
            CHECK(status_of(answer) == 400);
            std::string_view beginning = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc";
            answer = co_await converse(server.address(), beginning);
            CHECK(status_of(answer) == 400);
            TimePoint began = Reactor::current().now();
            answer = co_await ask(server.address(), beginning);
            CHECK(status_of(answer) == 408);
            CHECK(Reactor::current().now() - began == 60s);
            CHECK(reports == 0);
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("a body that was read whole can be asked for in every way") {
    auto handler = [](Request& request) -> Task<Response> {
        CHECK_FALSE(request.streamed());
        co_await request.read_all();
        std::string_view piece = co_await request.read();
        CHECK(piece == request.bytes());
        piece = co_await request.read();
        CHECK(piece.empty());
        co_return Response(200, request.text());
    };
    with_server({}, handler, [](Server& server) -> Task<> {
        std::string answers = co_await converse(server.address(), post(3, "") + post(2, "") + post(0));
        CHECK(answers.find("\r\n\r\nxxxHTTP") != std::string::npos);
        CHECK(answers.find("\r\n\r\nxxHTTP") != std::string::npos);
        CHECK(answers.ends_with("\r\n\r\n"));
    });
}
