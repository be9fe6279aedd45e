// What a redirect says beside where it leads, which nobody reads.

#include "http/scripted_peer.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/retry/retry_policy.hpp>
#include <corduroy/net/stream.hpp>

#include <string>
#include <utility>

using namespace corduroy;
using namespace corduroy::http::testing;

namespace {

struct Row {
    std::string framing;
    std::string first; // of the body, with the head
    std::string then;  // again and again, a millisecond apart, up to `times`
    int times;
    int connections; // that it takes to get to the end
};

const std::string kibibyte(1024, 'x');

} // namespace

TEST_CASE("a redirect is followed whatever it goes on to say, and its connection is kept where that is little") {
    const Row rows[] = {
        {"content-length: 4", "here", "", 0, 1},
        {"content-length: 4", "he", "re", 1, 1},
        {"transfer-encoding: chunked", "4\r\nhere\r\n", "0\r\n\r\n", 1, 1},
        {"transfer-encoding: chunked", "", "400\r\n" + kibibyte + "\r\n", 1'000'000, 2},
        {"content-length: 1000000000000", kibibyte, kibibyte, 1'000'000, 2},
        {"content-length: 1000000", "", "", 0, 2}, // of which nothing ever comes
        {"content-length: 10", "", "", 0, 2},
        {"transfer-encoding: chunked", "no chunk", "", 0, 2},
        {"content-encoding: gzip\r\ncontent-length: 4", "none", "", 0, 1},
        {"x: y", "up to the end", "", 0, 2},
    };
    auto check = [](const Row& row, bool by_policy, std::size_t drain_limit) {
        CAPTURE(by_policy);
        CAPTURE(drain_limit);
        CAPTURE(row.framing);
        CAPTURE(row.first);
        int connections = 0;
        auto talk = [&](net::Stream& stream) -> Task<> {
            ++connections;
            auto serve = [&]() -> Task<> {
                std::string head = co_await read_head(stream);
                if (head.starts_with("GET /from ")) {
                    co_await stream.write_all("HTTP/1.1 302 Found\r\nlocation: /to\r\n" + row.framing + "\r\n\r\n" +
                                              row.first);
                    for (int i = 0; i < row.times; ++i) {
                        co_await sleep(1ms);
                        co_await stream.write_all(row.then);
                    }
                    head = co_await read_head(stream);
                }
                if (head.starts_with("GET /to "))
                    co_await stream.write_all("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nthere");
                co_await read_head(stream);
            };
            [[maybe_unused]] auto served = co_await attempt(serve());
        };
        with_peer(talk, [&](std::string url) -> Task<> {
            http::ClientSettings settings;
            settings.body_limit = 100'000;
            settings.drain_limit = drain_limit;
            http::Client client(settings);
            TimePoint begun = Reactor::current().now();
            auto request = client.get(url + "/from");
            if (by_policy) request = std::move(request).retry(http::RetryPolicy());
            auto answer = co_await std::move(request);
            CHECK(answer.text() == "there");
            CHECK(answer.history().size() == 1);
            CHECK(Reactor::current().now() - begun < 1s);
            CHECK(connections == row.connections);
        });
    };
    for (const Row& row : rows)
        for (bool by_policy : {false, true}) check(row, by_policy, 64 * 1024);
    check({"content-length: 0", "", "", 0, 1}, false, 0);
    check({"content-length: 4", "here", "", 0, 2}, false, 0);
}
