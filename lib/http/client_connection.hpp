#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/response_parser.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace corduroy::http {

// One connection to a server: the stream, the parser that reads answers from it, and what was received but not parsed.
class ClientConnection {
public:
    ClientConnection(std::unique_ptr<net::ByteStream> stream, const CodecLimits& limits)
        : stream_(std::move(stream)), parser_(limits) {}

    net::ByteStream& stream() noexcept { return *stream_; }
    ResponseParser& parser() noexcept { return parser_; }

    // What the parser finds next, reading as needed. `expected` is a guess at what is still to come: much of it is read
    // straight into a large buffer, little of it into one that the reactor lends.
    Task<ParseEvent> next(std::size_t expected);

    // Nothing is left over from the last answer, whose body was read to its end: another request may follow.
    bool clean() const noexcept { return input_.empty(); }

    // Moves what is received but unparsed into memory of its own, so that it can wait for a slow reader.
    void keep_input();
    // Frees what an idle connection does not need.
    void rest() noexcept;

    bool reused = false; // whether it has borne a request before
    TimePoint idle_since{};

private:
    Task<> fill(std::size_t expected);

    std::unique_ptr<net::ByteStream> stream_;
    ResponseParser parser_;
    net::ReceivedBytes lent_;
    std::vector<std::byte> own_;
    std::string_view input_; // in `lent_` or `own_`
    bool ended_ = false;
};

} // namespace corduroy::http
