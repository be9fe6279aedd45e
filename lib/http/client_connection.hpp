#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/response_parser.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace corduroy::http {

// The lists of the pool that an idle connection stands in.
struct IdleOfOrigin;
struct IdleByAge;

// One connection to a server: the stream, the parser that reads answers from it, and what was received but not parsed.
class ClientConnection : public ListNode<IdleOfOrigin>, public ListNode<IdleByAge> {
public:
    using OfOrigin = IdleOfOrigin;
    using ByAge = IdleByAge;

    ClientConnection(std::unique_ptr<net::ByteStream> stream, const CodecLimits& limits)
        : stream_(std::move(stream)), parser_(limits) {}

    net::ByteStream& stream() noexcept { return *stream_; }
    ResponseParser& parser() noexcept { return parser_; }

    // Whether something has been received that is not parsed, be it the end.
    bool has_input() const noexcept { return !input_.empty() || ended_; }
    // What the parser finds next in what has been received; `need_input` where it wants more.
    ParseEvent parse() { return ended_ ? parser_.finish() : parser_.next(input_); }
    // Receives more. `expected` is a guess at what is still to come: much of it is read straight into a large buffer,
    // little of it into one that the reactor lends. Much of it goes into `room` instead, where there is any: it
    // must stay as it is until all of it is parsed.
    Task<> fill(std::size_t expected, std::span<std::byte> room = {});
    // The same for little, in two steps that cost no coroutine of their own: what the Task gives is to be `take`n.
    Task<net::ReceivedBytes> receive() {
        lent_.release();
        return stream_->receive();
    }
    void take(net::ReceivedBytes received) noexcept;
    // Puts what was received behind what has not been parsed, in memory of its own. Between the two there has been a
    // `receive`, before which `keep_input` is called.
    void add(const net::ReceivedBytes& received);
    // Whether so much is better read by `fill`.
    static bool is_large(std::size_t expected) noexcept { return expected > small_read; }

    // Reads the rest of an answer's body that nobody wants, at most `limit` bytes of it. Whether the connection may
    // bear another request then.
    Task<bool> drain(std::size_t limit);
    // The same with what has been received already; nothing where that does not suffice.
    std::optional<bool> drain_received(std::size_t& limit);

    // Leaves an answer's body that nobody wants: passes over what has come of it. Whether the connection may be idle
    // then, `undrained` where more is to come: no more than `limit` bytes, as far as is known.
    bool leave_body(std::size_t limit) noexcept;

    // Nothing is left over from the last answer, whose body was read to its end: another request may follow.
    bool clean() const noexcept { return input_.empty() && !spent_; }
    // No other request may follow: this one's body was not sent to its end.
    void spend() noexcept { spent_ = true; }
    bool spent() const noexcept { return spent_; }

    // Gives the stream away, with what was received from it and not parsed: it no longer speaks HTTP.
    std::unique_ptr<net::ByteStream> take_stream() noexcept { return std::move(stream_); }
    std::string_view input() const noexcept { return input_; }

    // Moves what is received but unparsed into memory of its own, so that it can wait for a slow reader.
    void keep_input();
    // Frees what an idle connection does not need.
    void rest() noexcept;
    // Whether the answer has been read to its end and another request may follow.
    bool can_be_kept() const noexcept { return parser_.keep_alive() && !parser_.upgraded() && clean(); }

    bool reused = false;    // whether it has borne a request before
    bool undrained = false; // the rest of the last answer's body is to be drained first
    TimePoint idle_since{};
    Duration cost{};      // how long it took to make, as another one would
    void* home = nullptr; // where in the pool it is idle

private:
    // So much of memory of its own.
    std::span<std::byte> own(std::size_t size);

    static constexpr std::size_t small_read = 16 * 1024;

    std::unique_ptr<net::ByteStream> stream_;
    ResponseParser parser_;
    net::ReceivedBytes lent_;
    std::unique_ptr<std::byte[]> own_; // which nobody fills with zeroes first
    std::size_t own_size_ = 0;
    std::string_view input_; // in `lent_` or `own_`
    bool ended_ = false;
    bool spent_ = false;
};

} // namespace corduroy::http
