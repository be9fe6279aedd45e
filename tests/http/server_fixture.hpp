#pragma once

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/connect.hpp>

#include "support/run_test.hpp"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::http::testing {

using namespace std::chrono_literals;

// Runs `client(server)` beside a server, and stops the server when the client has ended.
template <class Handler, class Client>
Task<> beside_server(const ServerSettings& settings, Handler& handler, Client& client) {
    Server server = co_await listen("127.0.0.1:0").settings(settings);
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(server.serve(handler));
        co_await client(server);
        server.stop();
    };
    co_await with_task_group(body);
    CHECK(server.connections() == 0);
}

// The same in virtual time, on the kernel that the tests are run for.
template <class Handler, class Client>
void with_server(const ServerSettings& settings, Handler handler, Client client) {
    run_test([&] { return beside_server(settings, handler, client); });
}

// The same on the simulated kernel alone, for what depends on how much a connection holds that nobody reads.
template <class Handler, class Client>
void with_simulated_server(const ServerSettings& settings, Handler handler, Client client) {
    sim::run([&] { return beside_server(settings, handler, client); });
}

// An answer as it came, but for the date, which depends on how long the test took to send the request.
inline std::string without_dates(std::string text) {
    for (std::size_t at = text.find("date: "); at != std::string::npos; at = text.find("date: ", at + 1))
        text.replace(at, text.find("\r\n", at) - at, "date");
    return text;
}

// Text with bare line ends, as it is on the wire.
inline std::string wire(std::string_view text) {
    std::string out;
    for (char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

// Sends `bytes` in fragments that end at these places, far enough apart that each comes by itself, and ends its side;
// gives all that comes back.
inline Task<std::string> converse(net::Address address, std::string_view bytes, std::vector<std::size_t> cuts = {}) {
    net::Stream stream = co_await net::connect(address);
    std::size_t at = 0;
    cuts.push_back(bytes.size());
    for (std::size_t cut : cuts) {
        std::string_view piece = bytes.substr(at, cut - at);
        at = cut;
        co_await stream.write_all(piece);
        co_await sleep(1ms);
    }
    co_await stream.shutdown();
    std::string answer = co_await stream.read_all(64 << 20);
    co_return without_dates(std::move(answer));
}

// The same without ending the client's side: for answers after which the server closes, or that end by themselves.
inline Task<std::string> ask(net::Address address, std::string_view bytes) {
    net::Stream stream = co_await net::connect(address);
    co_await stream.write_all(bytes);
    std::string answer = co_await stream.read_all(64 << 20);
    co_return without_dates(std::move(answer));
}

// Echoes what it was asked, so that an answer shows what the server understood.
inline Task<Response> echo(Request& request) {
    std::string text = request.method() + " " + request.target();
    if (!request.bytes().empty()) text += " [" + request.bytes() + "]";
    co_return Response(200, text + "\n");
}

} // namespace corduroy::http::testing
