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

    // What the parser finds next in what has been received; `need_input` where it wants more.
    ParseEvent parse() { return ended_ ? parser_.finish() : parser_.next(input_); }
    // Receives more. `expected` is a guess at what is still to come: much of it is read straight into a large buffer,
    // little of it into one that the reactor lends.
    Task<> fill(std::size_t expected);
    // The same for little, in two steps that cost no coroutine of their own: what the Task gives is to be `take`n.
    Task<net::ReceivedBytes> receive() {
        lent_.release();
        return stream_->receive();
    }
    void take(net::ReceivedBytes received) noexcept;
    // Whether so much is better read by `fill`.
    static bool is_large(std::size_t expected) noexcept { return expected > small_read; }

    // Nothing is left over from the last answer, whose body was read to its end: another request may follow.
    bool clean() const noexcept { return input_.empty() && !spent_; }
    // No other request may follow: this one's body was not sent to its end.
    void spend() noexcept { spent_ = true; }

    // Gives the stream away, with what was received from it and not parsed: it no longer speaks HTTP.
    std::unique_ptr<net::ByteStream> take_stream() noexcept { return std::move(stream_); }
    std::string_view input() const noexcept { return input_; }

    // Moves what is received but unparsed into memory of its own, so that it can wait for a slow reader.
    void keep_input();
    // Frees what an idle connection does not need.
    void rest() noexcept;

    bool reused = false; // whether it has borne a request before
    TimePoint idle_since{};

private:
    static constexpr std::size_t small_read = 16 * 1024;

    std::unique_ptr<net::ByteStream> stream_;
    ResponseParser parser_;
    net::ReceivedBytes lent_;
    std::vector<std::byte> own_;
    std::string_view input_; // in `lent_` or `own_`
    bool ended_ = false;
    bool spent_ = false;
};

} // namespace corduroy::http
