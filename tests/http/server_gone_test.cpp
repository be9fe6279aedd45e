#include <corduroy/http/server.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/base/cancelled.hpp>

#include "http/server_fixture.hpp"

#include <optional>
#include <unistd.h>

using namespace corduroy;
using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

const std::string quick_request = "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string slow_request = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

// What became of the handler of /slow, which takes ten seconds.
struct Slow {
    int begun = 0;
    int cancelled = 0;
    int finished = 0;
    std::string message;

    Task<Response> operator()(Request& request) {
        if (request.path() == "/quick") co_return Response(200, "quick");
        ++begun;
        try {
            co_await sleep(10s);
        } catch (const Cancelled& cancellation) {
            ++cancelled;
            message = cancellation.reason();
            throw;
        }
        ++finished;
        co_return Response(200, "slow");
    }
};

// Asks, and closes the connection a second later.
Task<> ask_and_go(net::Address server) {
    net::Stream stream = co_await net::connect(std::move(server));
    co_await stream.write_all(slow_request);
    co_await sleep(1s);
}

// A body that comes to a stop behind its first piece.
class Rare : public BodyReader {
public:
    explicit Rare(int& ended) : ended_(ended) {}

    Task<std::string_view> read() override {
        if (!std::exchange(begun_, true)) co_return "the first";
        try {
            co_await sleep(1h);
        } catch (const Cancelled&) {
            ++ended_;
            throw;
        }
        co_return "";
    }

private:
    int& ended_;
    bool begun_ = false;
};

// A client that asks for a quick answer, which it does not read, and for a slow one, and leaves: a connection that is
// closed over bytes unread is reset.
Task<> ask_and_reset(net::Address address, Duration after) {
    net::Stream stream = co_await net::connect(address);
    co_await stream.write_all(quick_request + slow_request);
    co_await sleep(after);
}

// Runs `client(server)` beside a server, and sees to it that nothing is reported.
template <class Handler, class Client>
void with_quiet_server(const ServerSettings& settings, Handler& handler, Client client) {
    auto body = [&](Machine& machine) -> Task<> {
        int reports = 0;
        machine.reactor().on_unhandled([&](const Failure&, std::string_view) { ++reports; });
        auto call = [&](Request& request) { return handler(request); };
        co_await beside_server(settings, call, client);
        CHECK(reports == 0);
    };
    run_test(body);
}

} // namespace

TEST_CASE("a handler whose client has reset the connection is cancelled") {
    for (Duration after : {0ms, 1ms, 99ms, 100ms, 101ms, 5000ms}) {
        Slow slow;
        with_quiet_server({}, slow, [&](Server& server) -> Task<> {
            co_await ask_and_reset(server.address(), after);
            co_await sleep(200ms);
            CHECK(slow.begun == 1);
            CHECK(slow.cancelled == 1);
            CHECK(server.connections() == 0);
        });
        CHECK(slow.message == "the client has gone");
    }
}

TEST_CASE("a client that ends its side, and no more, gets its answers") {
    Slow slow;
    with_quiet_server({}, slow, [&](Server& server) -> Task<> {
        std::string answers = co_await converse(server.address(), slow_request + quick_request + slow_request);
        CHECK(std::count(answers.begin(), answers.end(), '{') == 0);
        CHECK(answers.ends_with("\r\n\r\nslow"));
        CHECK(answers.find("\r\n\r\nquick") != std::string::npos);
    });
    CHECK(slow.finished == 2);
}

TEST_CASE("a client that ends its side and resets the connection later is noticed within a second") {
    Slow slow;
    with_quiet_server({}, slow, [&](Server& server) -> Task<> {
        {
            net::Stream stream = co_await net::connect(server.address());
            co_await stream.write_all(quick_request + slow_request);
            co_await stream.shutdown();
            co_await sleep(3s);
        }
        co_await sleep(1100ms);
        CHECK(slow.cancelled == 1);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("a server may take the end of a client's side for the client's end") {
    ServerSettings settings;
    settings.gone_sign = net::GoneSign::end;
    Slow slow;
    with_quiet_server(settings, slow, [&](Server& server) -> Task<> {
        co_await ask_and_go(server.address());
        co_await sleep(1ms);
        CHECK(slow.cancelled == 1);
        CHECK(server.connections() == 0);
        // One that keeps its side open, and asks ahead, is none of those.
        net::Stream stream = co_await net::connect(server.address());
        co_await stream.write_all(slow_request + quick_request + slow_request);
        co_await sleep(25s);
        CHECK(slow.finished == 2);
        co_await stream.shutdown();
        std::string answers = co_await stream.read_all(4096);
        CHECK(answers.ends_with("\r\n\r\nslow"));
    });
}

TEST_CASE("a server may leave handlers alone whose clients have gone") {
    ServerSettings settings;
    settings.gone_sign.reset();
    Slow slow;
    with_quiet_server(settings, slow, [&](Server& server) -> Task<> {
        co_await ask_and_reset(server.address(), 1s);
        co_await sleep(8s);
        CHECK(server.connections() == 1);
        co_await sleep(2s);
        CHECK(slow.finished == 1);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("requests that a client left behind are not begun when it has gone") {
    Slow slow;
    with_quiet_server({}, slow, [&](Server& server) -> Task<> {
        {
            net::Stream stream = co_await net::connect(server.address());
            co_await stream.write_all(quick_request + slow_request + slow_request + slow_request);
            co_await sleep(15s);
        }
        co_await sleep(100ms);
        CHECK(slow.begun == 2);
        CHECK(slow.cancelled == 1);
        CHECK(slow.finished == 1);
    });
}

TEST_CASE("what a handler shields goes on when its client has gone, and what then fails is reported") {
    bool stored = false;
    auto store = [&]() -> Task<> {
        co_await sleep(5s);
        stored = true;
    };
    auto handler = [&](Request& request) -> Task<Response> {
        if (request.path() == "/quick") co_return Response(200, "quick");
        co_await shield(store);
        throw std::runtime_error("the shelf is empty");
    };
    run_test([&](Machine& machine) -> Task<> {
        std::vector<std::string> reports;
        machine.reactor().on_unhandled(
            [&](const Failure& failure, std::string_view) { reports.push_back(failure.message()); });
        auto client = [&](Server& server) -> Task<> {
            co_await ask_and_reset(server.address(), 1s);
            co_await sleep(10s);
            CHECK(server.connections() == 0);
        };
        co_await beside_server({}, handler, client);
        CHECK(stored);
        CHECK(reports == std::vector<std::string>{"the shelf is empty"});
    });
}

TEST_CASE("the source of a streamed answer ends when its client has gone") {
    int ended = 0;
    auto handler = [&](Request&) -> Task<Response> {
        ResponseHead head;
        head.status = 200;
        co_return Response(std::move(head), std::make_unique<Rare>(ended));
    };
    with_quiet_server({}, handler, [&](Server& server) -> Task<> {
        {
            net::Stream stream = co_await net::connect(server.address());
            co_await stream.write_all("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            co_await sleep(1s);
        }
        co_await sleep(1ms);
        CHECK(ended == 1);
        CHECK(server.connections() == 0);
    });
}

TEST_CASE("a client of a Unix socket that closes it has gone at once, and one that ends its side has not") {
    Slow slow;
    run_test([&]() -> Task<> {
        Server server = co_await listen("unix:/tmp/corduroy-gone-" + std::to_string(::getpid()) + ".sock");
        auto call = [&](Request& request) { return slow(request); };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(call));
            co_await ask_and_go(server.address());
            co_await sleep(1ms);
            CHECK(slow.cancelled == 1);
            CHECK(server.connections() == 0);
            std::string answer = co_await converse(server.address(), slow_request);
            CHECK(answer.ends_with("slow"));
            server.stop();
        };
        co_await with_task_group(body);
    });
}

TEST_CASE("whenever clients go, and however the server is stopped, nothing is left behind") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        sim::SimOptions options;
        options.seed = seed;
        options.shuffle_completions = true;
        Slow slow;
        auto program = [&]() -> Task<> {
            ServerSettings settings;
            settings.grace = 50ms;
            if (seed % 3 == 0) settings.gone_sign = net::GoneSign::end;
            Server server = co_await listen("127.0.0.1:0").settings(settings);
            auto call = [&](Request& request) { return slow(request); };
            auto body = [&](TaskGroup& group) -> Task<> {
                group.spawn(server.serve(call));
                for (std::uint64_t i = 0; i < 4; ++i)
                    group.spawn(
                        attempt(ask_and_reset(server.address(), 90ms + std::chrono::milliseconds(seed % 7 * i))));
                co_await sleep(95ms + std::chrono::milliseconds(seed % 31));
                server.stop();
            };
            co_await with_task_group(body);
            CHECK(server.connections() == 0);
        };
        sim::run(program, options);
    }
}
