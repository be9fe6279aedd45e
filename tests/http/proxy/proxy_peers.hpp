#pragma once

// What proxies and origins do in the tests of this folder.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/net/stream.hpp>

#include "http/scripted_peer.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::testing {

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

using http::testing::read_head;

// Answers each request with its own head, on connections that are kept.
inline Task<> echo_heads(net::Stream stream) {
    for (;;) {
        std::string head = co_await read_head(stream);
        if (head.empty()) co_return;
        co_await stream.write_all("HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(head.size()) + "\r\n\r\n" +
                                  head);
    }
}

// A proxy that says nothing but `bytes`, in pieces of so many.
inline auto saying(std::string bytes, std::size_t piece = 1 << 20) {
    return [bytes, piece](net::Stream stream) -> Task<> {
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            co_await stream.write_all(bytes.substr(at, piece));
            co_await sleep(std::chrono::milliseconds(1));
        }
        co_await sleep(std::chrono::hours(1));
    };
}

inline Task<std::string> message_of(http::Client& client, std::string url) {
    auto outcome = co_await attempt(client.get(url));
    co_return outcome ? "(it succeeded)" : outcome.failure().message();
}

} // namespace corduroy::testing
