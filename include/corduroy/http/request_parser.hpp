#pragma once

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/parse_event.hpp>
#include <corduroy/http/request_head.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace corduroy::http {

// Reads the requests of a client, one after the other, from bytes that somebody else receives; as strict as
// ResponseParser, and used as it is. An HTTP/1.1 request must have one Host (RFC 9112 section 3.2).
class RequestParser {
public:
    explicit RequestParser(const CodecLimits& limits = {});
    RequestParser(RequestParser&&) noexcept;
    RequestParser& operator=(RequestParser&&) noexcept;
    ~RequestParser();

    // Forgets the former request and expects the next. Not needed before the first.
    void begin();

    // Takes bytes from the front of `input` up to the next event. The bytes must stay where they are while body() is
    // used; apart from that nothing is kept of them. At a need_input, input is empty. Never gives `interim`.
    ParseEvent next(std::string_view& input);

    // The stream has ended. Gives `end` where no request had begun, `complete` where it was complete; otherwise raises
    // ProtocolError, which says how much came of how much.
    ParseEvent finish();

    // From ParseEvent::head to the next begin(). Take what you like by std::move.
    RequestHead& head() noexcept;
    // From ParseEvent::body to the next call.
    std::string_view body() const noexcept;
    // What came after the last chunk. From `complete` on.
    Headers& trailers() noexcept;

    // These hold from ParseEvent::head on. The framing is never until_close.
    BodyFraming framing() const noexcept;
    // The body's size where it is `sized`.
    std::optional<std::uint64_t> content_length() const noexcept;
    // Whether the client wants the connection kept after the answer.
    bool keep_alive() const noexcept;
    // Whether the client waits for "100 Continue" before it sends the body (RFC 9110 section 10.1.1).
    bool expects_continue() const noexcept;
    // Whether the client offers to go on in another protocol: CONNECT, or an Upgrade header that Connection names.
    // The bytes after the request are left alone either way; to answer as if it had not been offered is allowed.
    bool offers_upgrade() const noexcept;

    // Whether a byte has come since begin() (an empty line before the request counts for nothing).
    bool started() const noexcept;
    // The bytes of the body until now, without chunk framing.
    std::uint64_t body_received() const noexcept;

    // After next() or finish() has raised: the status to refuse the request with (400, 414, 431, 501 or 505). The
    // connection is to be closed then.
    int refusal_status() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace corduroy::http
