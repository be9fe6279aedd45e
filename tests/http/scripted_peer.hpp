#pragma once

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/net/listener.hpp>

#include "support/run_test.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http::testing {

using namespace std::chrono_literals;

// `client(url)` beside a server that is a function: `talk(stream)` for each connection, one after the other. Both must
// outlive it.
template <class Talk, class Client>
Task<> beside_peer(Talk& talk, Client& client) {
    net::Listener listener = co_await net::listen("127.0.0.1:0");
    std::string url = "http://127.0.0.1:" + std::to_string(listener.port());
    auto body = [&](TaskGroup& group) -> Task<> {
        auto serve = [&]() -> Task<> {
            for (;;) {
                net::Stream stream = co_await listener.accept();
                co_await talk(stream);
            }
        };
        group.spawn(serve());
        co_await client(url);
        group.scope().cancel();
    };
    co_await with_task_group(body);
}

// Runs them in virtual time.
template <class Talk, class Client>
void with_peer(Talk talk, Client client) {
    run_test([&] { return beside_peer(talk, client); });
}

// The head of the request that comes next, to its empty line; empty where there is none.
inline Task<std::string> read_head(net::Stream& stream) {
    std::string head;
    for (;;) {
        auto line = co_await stream.read_line();
        if (!line || line->empty()) co_return head;
        head += *line + "\n";
    }
}

} // namespace corduroy::http::testing
