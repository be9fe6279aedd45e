#pragma once

#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/parse_event.hpp>
#include <corduroy/http/version.hpp>

#include "http/codec_words.hpp"
#include "http/field_collector.hpp"

#include <llhttp.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace corduroy::http {

// What reading requests and reading answers have in common: llhttp reads heads and chunks, pausing at each event;
// bodies of a known size, and those that end with the stream, are only counted here. The owner decides about the
// framing when it is told of a head.
class MessageCodec {
public:
    // `peer` is who sends: "server" or "client".
    MessageCodec(llhttp_type_t type, std::string_view peer, const CodecLimits& limits);
    MessageCodec(const MessageCodec&) = delete;
    MessageCodec& operator=(const MessageCodec&) = delete;

    // Where the parts of the next head go. `method` is null for answers; `text` is the target or the reason.
    void begin(std::string* method, std::string& text, Headers& fields);

    // As the parsers' next and finish. After ParseEvent::head the owner calls set_framing before the next call.
    ParseEvent next(std::string_view& input);
    ParseEvent finish();

    // What the head says about the body: `none` where it says nothing. Raises where it is not understood.
    BodyFraming declared_framing();
    void set_framing(BodyFraming framing);

    int status() const noexcept { return parser_.status_code; }
    Version version() const noexcept { return parser_.http_minor == 0 ? Version::http_1_0 : Version::http_1_1; }
    // What version and Connection say; for an answer the framing matters too.
    bool wants_keep_alive() const noexcept;
    bool offers_upgrade() const noexcept { return parser_.upgrade != 0; }

    BodyFraming framing() const noexcept { return framing_; }
    std::uint64_t content_length() const noexcept { return body_size_; }
    std::uint64_t body_received() const noexcept { return body_received_; }
    std::string_view body() const noexcept { return body_; }
    Headers& trailers() noexcept { return trailers_; }
    // Whether any byte came; whether a start line has begun.
    bool received_any() const noexcept { return head_bytes_ > 0; }
    bool message_began() const noexcept { return message_began_; }
    int refusal_status() const noexcept { return refusal_status_; }

    // These raise, and leave the codec in need of begin().
    [[noreturn]] void fail(std::string_view reason, int refusal_status = 400);
    [[noreturn]] void fail_too_large(std::string_view what, std::size_t limit, std::string_view unit,
                                     int refusal_status = 431);

private:
    enum class Stage : unsigned char { head, head_done, body, complete, failed };
    // Where llhttp stopped, or why a callback stopped it.
    enum class Stop : unsigned char { input, head, chunk_header, chunk_data, message, version, fields, failure };
    struct Callbacks;

    bool read_head(std::string_view& input);
    std::size_t collect(std::string_view bytes, std::size_t at_most = std::string_view::npos);
    bool knows_version() const noexcept { return parser_.http_major == 1 && parser_.http_minor <= 1; }
    void check_version();
    std::size_t find_foreign_protocol(std::string_view bytes) noexcept;
    ParseEvent read_body(std::string_view& input);
    ParseEvent read_chunks(std::string_view& input);
    ParseEvent take_body(std::string_view& input, std::uint64_t at_most);
    std::size_t execute(std::string_view bytes);
    [[noreturn]] void fail_as_llhttp_says(llhttp_errno_t error);
    void begin_chunk();
    void give_up() noexcept;
    Phase phase() const noexcept;
    std::string cut_short() const;

    llhttp_t parser_;
    FieldCollector collector_;
    FieldCollector::Place method_place_;
    FieldCollector::Place text_place_;
    std::string* method_ = nullptr;
    std::string* text_ = nullptr;
    CodecLimits limits_;
    std::string_view peer_;
    Headers trailers_;
    // What a callback raised: C code must not be thrown through.
    std::exception_ptr callback_failure_;

    std::string_view body_;
    std::uint64_t body_size_ = 0;
    std::uint64_t body_received_ = 0;
    std::uint64_t chunk_size_ = 0;
    std::uint64_t chunk_left_ = 0;
    std::size_t head_bytes_ = 0;
    // What is left for the chunk line, or the trailers, under way.
    std::size_t line_budget_ = 0;
    // Spaces seen in a request line, up to two.
    unsigned char spaces_ = 0;
    Stage stage_ = Stage::failed;
    Stop stop_ = Stop::input;
    BodyFraming framing_ = BodyFraming::none;
    bool message_began_ = false;
    bool protocol_checked_ = false;
    bool in_trailers_ = false;
    int refusal_status_ = 400;
};

} // namespace corduroy::http
