#pragma once

#include <corduroy/base/time.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace corduroy::net {
class ByteStream;
}

namespace corduroy::http {

// How far a request has come. A request on a connection that was kept alive has no name, connect and tls; one that is
// redirected begins again with queued; the last one of each is done or failed, unless it is cancelled.
enum class TraceStep : unsigned char {
    queued,     // it asks for a place in the pool
    name,       // the first addresses of the host's name are known
    connect,    // a connection is made
    tls,        // TLS is set up on it
    sent,       // head and body are given to the connection
    first_byte, // the head of the answer has been read
    chunk,      // a piece of the body has come, as it is on the wire without its framing
    redirect,   // the answer leads on to another URL
    done,       // the answer is complete, or nobody will read the rest: of a redirect that is followed
    failed,
};

// "queued", "first_byte" ...
std::string_view to_string(TraceStep step) noexcept;

// One event of a request. The views are valid during the call.
struct TraceEvent {
    TraceStep step;
    // By the reactor's clock, which is that of Reactor::now.
    TimePoint at;
    std::string_view method;
    std::string_view url; // without userinfo
    // Of the answer, from first_byte on.
    int status = 0;
    // sent: of the request's body, as far as the server took it; chunk: of this piece; done: of the answer's body.
    std::uint64_t bytes = 0;
    // redirect: where to; failed: the message.
    std::string_view detail;
    // sent: what it went by, to be asked for its addresses; null otherwise.
    const net::ByteStream* connection = nullptr;
};

// Is told of each event as it happens, on the reactor's thread; what it throws fails the request. One that is empty
// costs nothing. (aiohttp's TraceConfig, curl's write-out times.)
using Trace = std::function<void(const TraceEvent&)>;

// Is told by a Transport how far a new connection has come: `name`, `connect`, `tls`, those that there are.
class ConnectObserver {
public:
    virtual void reached(TraceStep step) = 0;

protected:
    ~ConnectObserver() = default;
};

// When the request of a Response reached what it did, by the reactor's clock; what it did not reach, or did not need,
// is zero. After redirects these are the last request's, but for `begun`.
struct Timings {
    TimePoint begun{};      // the whole request was started
    TimePoint queued{};     // this one asked for a place in the pool
    TimePoint connecting{}; // it had its place, and a connection or the right to open one
    TimePoint named{};
    TimePoint connected{};
    TimePoint secured{};
    TimePoint sent{};
    TimePoint first_byte{};
    TimePoint done{}; // of a streamed body: when its end was read

    // From its start to its end, or zero where that has not come.
    Duration total() const noexcept { return done == TimePoint{} ? Duration{} : done - begun; }
};

} // namespace corduroy::http
