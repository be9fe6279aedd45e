#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/net/gone_sign.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace corduroy::http {

// How a server goes about its connections: every bound it has, with its default.
struct ServerSettings {
    // From a connection's beginning, or from the first byte of a later request, to the end of that request's head.
    Duration head_timeout = std::chrono::seconds{10};
    // How long a kept-alive connection may wait for its next request.
    Duration idle_timeout = std::chrono::seconds{60};
    // Silence inside a request's body, and a write that makes no progress.
    Duration silence_timeout = std::chrono::seconds{60};
    // How long handlers that run when the server stops may go on.
    Duration grace = std::chrono::seconds{10};
    // The sign that a client has gone, upon which the handler of its request is cancelled, or the source of its
    // streamed answer, once either has been at work for a tenth of a second. With `reset` clients may end their side
    // behind the request, and wait for the answer. Most of those who close the connection do no more than that, at
    // first: they are noticed when the answer is sent, or by the probes of TCP, which takes a minute or two. With `end`
    // they are noticed at once, and a client that waits for an answer must keep its side open. Without a sign handlers
    // go on to their end.
    std::optional<net::GoneSign> gone_sign = net::GoneSign::reset;
    // After an answer that the client did not wait for, such as a refusal in the middle of its request, what it still
    // sends is read and dropped for so long, and up to so many bytes, lest a reset destroy the answer on its way.
    Duration linger = std::chrono::seconds{2};
    std::size_t linger_bytes = 1024 * 1024;

    // A request's body that is read whole; beyond that the client is told 413.
    std::size_t body_limit = 1024 * 1024;
    // Handlers are called at the head, and read the body themselves, without a limit but their own.
    bool streamed = false;
    // What is left unread of a streamed body when its answer has been sent is read and dropped up to so many bytes, for
    // the connection to be used again; with more than that to come the connection is closed.
    std::size_t drain_limit = 64 * 1024;
    // Connections at a time; with that many open, no further one is accepted until one ends.
    std::size_t connections = 10'000;
    CodecLimits codec;
};

} // namespace corduroy::http
