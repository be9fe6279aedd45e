#pragma once

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/parse_event.hpp>
#include <corduroy/http/response_head.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace corduroy::http {

// Reads the answers of a server, one after the other, from bytes that somebody else receives: it does no input and
// output itself. It is strict (RFC 9112, none of the known leniencies): what two readers could understand in two ways
// is an error. Bodies are not copied; heads reuse the memory of the former ones unless they were taken.
//
//     parser.begin("GET");
//     std::string_view input = ...;
//     for (;;) switch (parser.next(input)) {
//         case ParseEvent::need_input: read more into input; at the end of the stream parser.finish()
//         case ParseEvent::interim: break;
//         case ParseEvent::head: look at parser.head()
//         case ParseEvent::body: use parser.body()
//         case ParseEvent::complete: return;      // input: the bytes after this answer
//     }
//
// What is wrong raises ProtocolError or TooLarge, of phase head or body and without a URL, which in_context adds; the
// parser then wants begin(), and the connection is of no use any more.
class ResponseParser {
public:
    explicit ResponseParser(const CodecLimits& limits = {});
    ResponseParser(ResponseParser&&) noexcept;
    ResponseParser& operator=(ResponseParser&&) noexcept;
    ~ResponseParser();

    // Forgets the former answer and expects the one to a request of this method, of which HEAD and CONNECT decide
    // about the body. To be called before each answer.
    void begin(std::string_view request_method);

    // Takes bytes from the front of `input` up to the next event. The bytes must stay where they are while body() is
    // used; apart from that nothing is kept of them. At a need_input, input is empty.
    ParseEvent next(std::string_view& input);

    // The stream has ended. Gives `complete` where the body's end is the stream's, or where the answer was complete
    // anyway; otherwise raises ProtocolError, which says how much came of how much.
    ParseEvent finish();

    // From interim, or head, to the next begin(). Take what you like by std::move.
    ResponseHead& head() noexcept;
    // From ParseEvent::body to the next call.
    std::string_view body() const noexcept;
    // What came after the last chunk. From `complete` on.
    Headers& trailers() noexcept;

    // These hold from each answer's ParseEvent::head on.
    BodyFraming framing() const noexcept;
    // The body's size where it is `sized`.
    std::optional<std::uint64_t> content_length() const noexcept;
    // Whether the connection can bear another request after this answer (RFC 9112 section 9.3).
    bool keep_alive() const noexcept;
    // Whether what follows this answer is no longer HTTP: 101, or success to CONNECT. The answer then has no body.
    bool upgraded() const noexcept;

    // Whether a byte has come since begin(): if not, an idempotent request on an old connection may be sent again.
    bool started() const noexcept;
    // The bytes of the body until now, without chunk framing.
    std::uint64_t body_received() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace corduroy::http
