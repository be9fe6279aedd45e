// What nobody has asked for, on a connection that was used a moment ago: it is no answer (RFC 9112 section 9.2).

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/net/tls.hpp>

#include "http/scripted_peer.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using http::Client;
using http::ClientSettings;

namespace {

std::string answer(const std::string& text) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
}

struct Row {
    std::string method;  // of the request whose answer is followed by something
    int requests_before; // on the same connection: what stands for receiving from the second answer on hears it
    std::string answered;
    std::string unasked;
};

// How the two of them speak; without a context, plainly.
struct Manner {
    std::shared_ptr<const net::TlsContext> server_context{};
    ClientSettings settings{};
};

// Every connection but the first gives its right answer.
Task<> check_that_it_is_not_taken(const Row& row, const Manner& manner) {
    CAPTURE(row.method);
    CAPTURE(row.requests_before);
    int connections = 0;
    auto talk = [&](net::Stream& below) -> Task<> {
        bool first = ++connections == 1;
        net::Stream stream = std::move(below);
        if (manner.server_context != nullptr) {
            auto secured = co_await net::start_tls_server(std::move(stream).into_bytes(), manner.server_context);
            stream = net::Stream(std::move(secured));
        }
        for (int i = 0; first && i < row.requests_before; ++i) {
            co_await http::testing::read_head(stream);
            co_await stream.write_all(answer("before"));
        }
        co_await http::testing::read_head(stream);
        const std::string said = first ? row.answered : answer("its own");
        co_await stream.write_all(said);
        co_await sleep(10ms);
        if (first) co_await stream.write_all(row.unasked);
        [[maybe_unused]] auto nothing = co_await attempt(stream.read_line()); // up to its end
    };
    auto use = [&](std::string url) -> Task<> {
        if (manner.server_context != nullptr) url.replace(0, 4, "https");
        Client client(manner.settings);
        for (int i = 0; i < row.requests_before; ++i) co_await client.get(url);
        co_await client.request(row.method, url);
        co_await sleep(50ms);
        auto next = co_await client.get(url);
        CHECK(next.text() == "its own");
        CHECK(connections == 2);
    };
    co_await http::testing::beside_peer(talk, use);
}

const std::vector<Row>& rows() {
    static const std::vector<Row> all{
        {"GET", 0, answer("right"), answer("stolen")},
        {"GET", 1, answer("right"), answer("stolen")},
        {"GET", 3, answer("right"), answer("stolen")},
        {"GET", 1, answer("right"), "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        {"HEAD", 1, "HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n", answer("")},
        {"GET", 1, "HTTP/1.1 304 Not Modified\r\n\r\n", answer("its body")},
    };
    return all;
}

} // namespace

TEST_SUITE("unasked answer") {
    TEST_CASE("an answer that nobody asked for is not taken for the next request's, be the connection ever so fresh") {
        const Manner plainly;
        for (const Row& row : rows()) run_test([&] { return check_that_it_is_not_taken(row, plainly); });
    }

    TEST_CASE("nor is one inside TLS") {
        if (!net::tls_available()) return;
        const auto& files = corduroy::testing::Certificates::shared();
        net::TlsSettings own;
        own.certificate_file = files.certificate("good");
        own.key_file = files.key("good");
        Manner inside_tls;
        inside_tls.server_context = net::TlsContext::make(own);
        inside_tls.settings.tls.ca_file = files.authority();
        for (const Row& row : rows()) run_test([&] { return check_that_it_is_not_taken(row, inside_tls); });
    }
}
