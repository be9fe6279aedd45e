#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/net/connect.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/net/stream.hpp>

#include <utility>

namespace corduroy::net {

// The two ends of a TCP connection over loopback.
inline Task<std::pair<Stream, Stream>> tcp_pair() {
    Listener listener = co_await listen("127.0.0.1:0");
    Stream client = co_await connect(listener.address());
    Stream server = co_await listener.accept();
    co_return std::make_pair(std::move(client), std::move(server));
}

// The system's number for what went wrong; 0 where it has none.
inline int errno_of(const Failure& failure) {
    const auto* error = failure.as<IoError>();
    return error == nullptr ? 0 : error->code().value();
}

} // namespace corduroy::net
