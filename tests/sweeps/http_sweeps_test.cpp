// Scenarios of HTTP, client and server in one program, of which one is disturbed at every point there is. Afterwards
// the same client must be good for another request, of the same server.

#include <corduroy/corduroy.hpp>
#include <corduroy/http.hpp>
#include <corduroy/net.hpp>

#include "sweeps/judge.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

namespace {

constexpr const char* address = "127.0.0.1:8080";
constexpr const char* base = "http://127.0.0.1:8080";

Task<http::Response> answer(http::Request& request) {
    std::string path(request.path());
    if (path == "/redirect") co_return http::Response(302).header("location", "/second");
    if (path == "/second") co_return http::Response(307).header("location", "/hello");
    if (path == "/slow") co_await sleep(1h);
    if (path == "/echo") {
        co_await request.read_all();
        co_return http::Response(200, std::string(request.text()));
    }
    if (path == "/large") co_return http::Response(200, std::string(20'000, 'x'));
    if (path == "/close") co_return http::Response(200, "bye").header("connection", "close");
    co_return http::Response(200, "hello");
}

// Answers in chunks; or once, and closes the connection without having said so.
Task<> answer_raw(net::Stream stream) {
    for (;;) {
        auto head = co_await stream.read_until("\r\n\r\n");
        if (!head) co_return;
        bool once = head->find("/once") != std::string::npos;
        std::string_view text = once ? "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
                                     : "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nsome \r\n";
        co_await stream.write_all(text);
        if (once) co_return;
        co_await sleep(1ms);
        co_await stream.write_all(std::string_view("5\r\nbytes\r\n0\r\n\r\n"));
    }
}

const std::string_view stored = "some bytes that were stored";
// The same in gzip: a block that is stored, its checksum and its size.
const std::string_view stored_in_gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x1b\x00\xe4\xff"
                                      "some bytes that were stored\xf7\xea<8\x1b\x00\x00\x00",
                                      50);

// Answers out of the ordinary: while it reads the request's body, with trailers, or in gzip.
Task<> answer_oddly(net::Stream stream) {
    for (;;) {
        auto head = co_await stream.read_until("\r\n\r\n");
        if (!head) co_return;
        if (head->find("/as-it-comes") != std::string::npos) {
            co_await stream.write_all(std::string_view("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"));
            for (int i = 0; i < 2; ++i) {
                auto half = co_await attempt(stream.read_exactly(5));
                if (!half) co_return;
                co_await stream.write_all(*half);
            }
        } else if (head->find("/trailers") != std::string::npos) {
            co_await stream.write_all(
                std::string_view("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n"));
            co_await stream.write_all(
                std::string_view("5\r\nbytes\r\n0\r\nx-of-a-name-that-takes-memory: and a value that does\r\n\r\n"));
        } else {
            bool in_gzip = head->find("gzip") != std::string::npos;
            std::string_view body = in_gzip ? stored_in_gzip : stored;
            std::string text = "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size());
            if (in_gzip) text += "\r\ncontent-encoding: gzip";
            co_await stream.write_all(text + "\r\n\r\n" + std::string(body.substr(0, 20)));
            co_await sleep(1ms);
            co_await stream.write_all(body.substr(20));
        }
    }
}

// A proxy that opens tunnels, and is itself what they lead to.
Task<> open_tunnel(net::Stream stream) {
    auto head = co_await stream.read_until("\r\n\r\n");
    if (!head) co_return;
    co_await stream.write_all(std::string_view("HTTP/1.1 200 OK\r\n\r\n"));
    co_await answer_raw(std::move(stream));
}

// The same of SOCKS5, for the user "u" with the password "p", and the name "raw.test".
Task<> agree_on_socks(net::Stream& stream) {
    co_await stream.read_exactly(4);
    co_await stream.write_all(std::string("\x05\x02", 2));
    co_await stream.read_exactly(5);
    co_await stream.write_all(std::string("\x01\x00", 2));
    co_await stream.read_exactly(5 + 8 + 2);
    co_await stream.write_all(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
}
Task<> open_socks(net::Stream stream) {
    auto agreed = co_await attempt(agree_on_socks(stream));
    if (agreed) co_await answer_raw(std::move(stream));
}

// Is busy at every other request of a connection.
Task<> answer_busily(net::Stream stream) {
    for (bool busy = true;; busy = !busy) {
        auto head = co_await stream.read_until("\r\n\r\n");
        if (!head) co_return;
        std::string_view text = busy ? "HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 4\r\n\r\nbusy"
                                     : "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        co_await stream.write_all(text);
    }
}

Task<> ask_hello(http::Client& client) {
    auto response = co_await client.get("/hello");
    if (response.text() != "hello") throw Error("the wrong answer");
}

// What `use` does is disturbed, and then the client, which may have one connection, must still be good for a request.
template <class Use>
void sweep_client(Use use) {
    sweep_all([use](Trial& trial) -> Task<> {
        http::ClientSettings settings;
        settings.connections = 1;
        http::Client client(settings);
        client.base_url(base);
        auto server = co_await http::listen(address);
        trial.world().host("raw.test").accept(80, answer_raw);
        trial.world().host("odd.test").accept(80, answer_oddly);
        auto work = [&]() -> Task<> { co_await use(trial, client); };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(server.serve(answer));
            co_await trial.disturb(work);
            co_await ask_hello(client);
            server.stop();
        };
        co_await with_task_group(body);
    });
}

// Counts the connections that a server closes because there is no memory for them, which it tells the log alone.
void count_shed(Trial& trial, std::size_t& shed) {
    trial.reactor().on_log(LogLevel::warning, [&shed](const LogRecord& record) {
        if (record.text.find("dropped a connection: ") != std::string_view::npos) ++shed;
    });
}

} // namespace

TEST_CASE("a GET") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("/hello");
        trial.expect(response.text() == "hello", "the answer is whole");
    });
}

TEST_CASE("a POST with a body") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.post("/echo").body("some bytes");
        trial.expect(response.text() == "some bytes", "the body comes back");
    });
}

TEST_CASE("a chain of redirects") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("/redirect");
        trial.expect(response.text() == "hello", "the chain ends at its end");
    });
}

TEST_CASE("one connection used again and again") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        for (int i = 0; i < 3; ++i) {
            auto response = co_await client.get("/hello");
            trial.expect(response.text() == "hello", "each answer is whole");
        }
    });
}

TEST_CASE("a connection that the server closes behind each answer") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        for (int i = 0; i < 2; ++i) {
            auto response = co_await client.get("/close");
            trial.expect(response.text() == "bye", "each answer is whole");
        }
    });
}

TEST_CASE("requests that wait for the pool's one connection") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto ask = [&]() -> Task<> {
            auto response = co_await client.get("/hello");
            trial.expect(response.text() == "hello", "each answer is whole");
        };
        co_await gather(ask(), ask(), ask());
    });
}

TEST_CASE("a body read piece by piece") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("/large").streamed();
        std::size_t size = 0;
        for (;;) {
            std::string_view piece = co_await response.read();
            if (piece.empty()) break;
            size += piece.size();
        }
        trial.expect(size == 20'000, "the body is whole");
    });
}

TEST_CASE("a body that is dropped after its first piece") {
    sweep_client([](Trial&, http::Client& client) -> Task<> {
        auto response = co_await client.get("/large").streamed();
        co_await response.read();
    });
}

TEST_CASE("a body that is made while it is sent, in chunks") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto pieces = []() -> AsyncGenerator<std::string> {
            co_yield "some ";
            co_await sleep(1ms);
            co_yield "bytes";
        };
        auto response = co_await client.post("/echo").body(pieces());
        // Where it could not be sent to its end the server's answer says what was wrong.
        trial.expect(response.status() != 200 || response.text() == "some bytes", "the body comes back");
    });
}

TEST_CASE("a body that is answered while it is sent") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto pieces = []() -> AsyncGenerator<std::string> {
            co_yield "some ";
            co_await sleep(1ms);
            co_yield "bytes";
        };
        auto response = co_await client.post("http://odd.test/as-it-comes").body(pieces(), 10);
        trial.expect(response.text() == "some bytes", "the answer is whole");
    });
}

TEST_CASE("an answer with trailers that is dropped when all of it has come") {
    sweep_client([](Trial&, http::Client& client) -> Task<> {
        auto response = co_await client.get("http://odd.test/trailers").streamed();
        co_await response.read();
        co_await sleep(1ms);
    });
}

TEST_CASE("an encoded body that is read on where reading failed") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("http://odd.test/stored").streamed();
        std::string got;
        for (int failures = 0; failures < 3;) {
            auto piece = co_await attempt(response.read());
            if (!piece && ++failures == 3) piece.failure().rethrow();
            if (!piece) continue;
            if (piece->empty()) break;
            got += *piece;
        }
        trial.expect(got == stored, "no part of the body is missing from what ended well");
    });
}

TEST_CASE("a body that is read whole once more where that failed") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("http://odd.test/stored").streamed();
        auto first = co_await attempt(response.read_all());
        if (!first) co_await response.read_all();
        trial.expect(response.bytes() == stored, "no part of the body is missing from what ended well");
    });
}

TEST_CASE("an answer in chunks, with a pause between") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        auto response = co_await client.get("http://raw.test/chunks");
        trial.expect(response.text() == "some bytes", "the body is whole");
    });
}

TEST_CASE("a connection that was closed since, which the client finds stale") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        for (int i = 0; i < 2; ++i) {
            auto response = co_await client.get("http://raw.test/once");
            trial.expect(response.text() == "hello", "each answer is whole");
            co_await sleep(i == 0 ? 0ms : 1ms);
        }
    });
}

TEST_CASE("a request through the tunnel of a proxy") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        trial.world().host("proxy.test").accept(3128, open_tunnel);
        http::ProxySettings proxies(http::Proxy::parse("http://u:p@proxy.test:3128").always_tunnel());
        auto response = co_await client.get("http://raw.test/chunks").proxy(std::move(proxies));
        trial.expect(response.text() == "some bytes", "the body is whole");
    });
}

TEST_CASE("a request through a SOCKS5 proxy") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        trial.world().host("proxy.test").accept(1080, open_socks);
        auto response = co_await client.get("http://raw.test/chunks").proxy("socks5h://u:p@proxy.test");
        trial.expect(response.text() == "some bytes", "the body is whole");
    });
}

TEST_CASE("a request that is sent again by a policy") {
    sweep_client([](Trial& trial, http::Client& client) -> Task<> {
        trial.world().host("busy.test").accept(80, answer_busily);
        auto response = co_await client.get("http://busy.test/").retry(http::RetryPolicy().attempts(4));
        trial.expect(response.text() == (response.status() == 200 ? "hello" : "busy"), "the answer is whole");
    });
}

TEST_CASE("a request that takes too long") {
    sweep_client([](Trial&, http::Client& client) -> Task<> {
        auto outcome = co_await attempt(timeout(50ms, client.get("/slow")));
        if (outcome) throw Error("it came after all");
    });
}

TEST_CASE("a server, whose clients see their connections end at the worst") {
    sweep_all([](Trial& trial) -> Task<> {
        auto ask = []() -> Task<> {
            http::Client client;
            client.base_url(base);
            co_await client.post("/echo").body("some bytes");
            co_await client.get("/large");
        };
        auto work = []() -> Task<> {
            auto server = co_await http::listen(address);
            auto stops = [&]() -> Task<> {
                co_await sleep(50ms);
                server.stop();
            };
            co_await gather(server.serve(answer), stops());
        };
        auto late = [&]() -> Task<> {
            co_await sleep(1ms);
            static_cast<void>(co_await attempt(ask()));
        };
        auto serves = [&]() -> Task<> { co_await trial.disturb(work); };
        co_await gather(serves(), late());
        auto again = co_await http::listen(address);
    });
}

TEST_CASE("a server that is stopped lets the request under way have its answer") {
    sweep_all([](Trial& trial) -> Task<> {
        bool answered = false;
        std::size_t shed = 0;
        count_shed(trial, shed);
        auto patient = [](http::Request&) -> Task<http::Response> {
            co_await sleep(10ms);
            co_return http::Response(200, "late");
        };
        auto work = [&]() -> Task<> {
            auto server = co_await http::listen(address);
            http::Client client;
            client.base_url(base);
            auto asks = [&]() -> Task<> {
                auto response = co_await attempt(client.get("/"));
                if (!response && shed == 0) response.failure().rethrow();
                answered = !response || response->text() == "late" || response->status() == 500; // the handler failed
            };
            auto stops = [&]() -> Task<> {
                co_await sleep(5ms);
                server.stop();
            };
            co_await gather(server.serve(patient), asks(), stops());
            trial.expect(answered, "the answer comes all the same");
        };
        co_await trial.disturb(work);
        auto again = co_await http::listen(address);
    });
}

TEST_CASE("a server that has no memory for a connection closes it, tells the log, and serves the others") {
    std::size_t shed = 0;
    sweep::Report report = sweep::allocation([&](Trial& trial) -> Task<> {
        count_shed(trial, shed);
        auto server = co_await http::listen(address);
        bool serves = false;
        auto work = [&]() -> Task<> {
            serves = true;
            try {
                co_await server.serve(answer);
            } catch (...) {
                serves = false;
                throw;
            }
            serves = false;
        };
        auto asks = [&]() -> Task<> {
            co_await sleep(1ms);
            if (!serves) co_return; // there was not even the memory to begin
            http::Client client;
            client.base_url(base);
            int answered = 0;
            for (int i = 0; i < 4; ++i) {
                auto outcome = co_await attempt(ask_hello(client));
                if (outcome) ++answered;
            }
            trial.expect(serves, "the server goes on");
            trial.expect(answered >= 3, "the others are answered");
            server.stop();
        };
        auto disturbed = [&]() -> Task<> { co_await trial.disturb(work); };
        co_await gather(disturbed(), asks());
    });
    CHECK_MESSAGE(report.passed(), report.text());
    CHECK(shed > 3); // for want of a frame, of a stream, of a parser …
    MESSAGE(report.points << " allocations, " << shed << " connections dropped");
}
