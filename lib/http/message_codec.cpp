#include "http/message_codec.hpp"

#include <algorithm>
#include <utility>

namespace corduroy::http {

// llhttp's side. A callback that has something to raise notes it and stops llhttp.
struct MessageCodec::Callbacks {
    static MessageCodec& codec(llhttp_t* parser) noexcept { return *static_cast<MessageCodec*>(parser->data); }

    static int stop(llhttp_t* parser, Stop at, int error = HPE_PAUSED) noexcept {
        codec(parser).stop_ = at;
        return error;
    }

    static int on_message_begin(llhttp_t* parser) noexcept {
        codec(parser).message_began_ = true;
        return 0;
    }
    static int on_method(llhttp_t* parser, const char* at, size_t size) noexcept {
        MessageCodec& self = codec(parser);
        self.collector_.part(self.method_place_, at, size);
        return 0;
    }
    static int on_text(llhttp_t* parser, const char* at, size_t size) noexcept {
        MessageCodec& self = codec(parser);
        self.collector_.part(self.text_place_, at, size);
        return 0;
    }
    static int on_version_complete(llhttp_t* parser) noexcept {
        return codec(parser).knows_version() ? 0 : stop(parser, Stop::version, HPE_USER);
    }
    static int on_header_field(llhttp_t* parser, const char* at, size_t size) noexcept {
        return codec(parser).collector_.name(at, size) ? 0 : grow_with_name(parser, at, size);
    }
    static int grow_with_name(llhttp_t* parser, const char* at, size_t size) noexcept {
        MessageCodec& self = codec(parser);
        try {
            return self.collector_.grow_with_name(at, size) ? 0 : stop(parser, Stop::fields, HPE_USER);
        } catch (...) {
            self.callback_failure_ = std::current_exception();
            return stop(parser, Stop::failure, HPE_USER);
        }
    }
    static int on_header_value(llhttp_t* parser, const char* at, size_t size) noexcept {
        codec(parser).collector_.value(at, size);
        return 0;
    }
    static int on_headers_complete(llhttp_t* parser) noexcept { return stop(parser, Stop::head); }
    static int on_chunk_header(llhttp_t* parser) noexcept { return stop(parser, Stop::chunk_header); }
    static int on_body(llhttp_t* parser, const char* at, size_t size) noexcept {
        if (size == 0) return 0;
        codec(parser).body_ = {at, size};
        return stop(parser, Stop::chunk_data);
    }
    static int on_message_complete(llhttp_t* parser) noexcept { return stop(parser, Stop::message); }

    static const llhttp_settings_t* settings(llhttp_type_t type) noexcept {
        static const llhttp_settings_t requests = make(HTTP_REQUEST);
        static const llhttp_settings_t answers = make(HTTP_RESPONSE);
        return type == HTTP_REQUEST ? &requests : &answers;
    }

    static llhttp_settings_t make(llhttp_type_t type) noexcept {
        llhttp_settings_t settings;
        llhttp_settings_init(&settings);
        if (type == HTTP_REQUEST) {
            settings.on_message_begin = on_message_begin;
            settings.on_method = on_method;
            settings.on_url = on_text;
        } else {
            settings.on_status = on_text;
        }
        settings.on_version_complete = on_version_complete;
        settings.on_header_field = on_header_field;
        settings.on_header_value = on_header_value;
        settings.on_headers_complete = on_headers_complete;
        settings.on_chunk_header = on_chunk_header;
        settings.on_body = on_body;
        settings.on_message_complete = on_message_complete;
        return settings;
    }
};

MessageCodec::MessageCodec(llhttp_type_t type, std::string_view peer, const CodecLimits& limits)
    : limits_(limits), peer_(peer) {
    // Places in a head are of 32 bits.
    limits_.head_bytes = std::min(limits_.head_bytes, std::size_t{1} << 30);
    limits_.trailer_bytes = std::min(limits_.trailer_bytes, std::size_t{1} << 30);
    llhttp_init(&parser_, type, Callbacks::settings(type));
    parser_.data = this;
}

void MessageCodec::begin(std::string* method, std::string& text, Headers& fields) {
    llhttp_reset(&parser_);
    method_ = method;
    text_ = &text;
    collector_.collect_into(fields);
    trailers_.clear();
    method_place_ = text_place_ = {};
    body_ = {};
    body_size_ = body_received_ = chunk_size_ = chunk_left_ = 0;
    head_bytes_ = line_budget_ = 0;
    spaces_ = 0;
    stage_ = Stage::head;
    framing_ = BodyFraming::none;
    message_began_ = protocol_checked_ = in_trailers_ = false;
    refusal_status_ = 400;
}

ParseEvent MessageCodec::next(std::string_view& input) {
    if (stage_ == Stage::body) return read_body(input);
    if (stage_ == Stage::complete) return ParseEvent::complete;
    if (stage_ != Stage::head) fail("the connection was used after it had failed");
    while (!input.empty())
        if (read_head(input)) return ParseEvent::head;
    return ParseEvent::need_input;
}

bool MessageCodec::read_head(std::string_view& input) {
    std::string_view bytes = input.substr(0, limits_.head_bytes - head_bytes_);
    if (bytes.empty()) fail_too_large("the head has", limits_.head_bytes, "bytes", parser_.http_major == 0 ? 414 : 431);
    if (std::size_t foreign = find_foreign_protocol(bytes); foreign != std::string_view::npos) {
        // What comes before may have an error of its own.
        collect(bytes, foreign);
        if (stop_ == Stop::head) check_version();
        fail("its first line is not a method, a target and HTTP's version with single spaces between them");
    }
    std::size_t used = collect(bytes);
    head_bytes_ += used;
    input.remove_prefix(used);
    if (stop_ != Stop::head) return false;
    // Of HTTP/0.9, llhttp does not tell earlier.
    check_version();
    stage_ = Stage::head_done;
    return true;
}

// Executes bytes of a head, or of trailers, and keeps what is in them.
std::size_t MessageCodec::collect(std::string_view bytes, std::size_t at_most) {
    try {
        if (!in_trailers_) collector_.make_room();
        collector_.begin_piece(bytes, limits_.fields);
        std::size_t used = execute(bytes.substr(0, at_most));
        collector_.end_piece(used);
        if (stop_ != Stop::head && stop_ != Stop::message) return used;
        collector_.end();
        if (stop_ == Stop::message) return used;
        collector_.note_usual_size();
        if (method_ != nullptr) method_->append(collector_.text(method_place_));
        text_->append(collector_.text(text_place_));
        return used;
    } catch (...) {
        give_up();
        throw;
    }
}

void MessageCodec::check_version() {
    if (knows_version()) return;
    fail("its version is HTTP/" + std::to_string(parser_.http_major) + "." + std::to_string(parser_.http_minor) +
             ", and only HTTP/1.0 and HTTP/1.1 are spoken here",
         505);
}

// llhttp takes RTSP and ICE for HTTP too: the letter after the second space of a request line tells. Says where a wrong
// one is, or npos.
std::size_t MessageCodec::find_foreign_protocol(std::string_view bytes) noexcept {
    constexpr std::size_t npos = std::string_view::npos;
    if (method_ == nullptr || protocol_checked_) return npos;
    std::size_t at = 0;
    for (; spaces_ < 2; ++spaces_) {
        at = bytes.find(' ', at);
        if (at == npos) return npos;
        ++at;
    }
    if (at == bytes.size()) return npos;
    protocol_checked_ = true;
    return bytes[at] == 'H' ? npos : at;
}

// The peer was not told that any transfer coding but chunked is understood here (no TE is sent), so none may come. The
// fields are asked and not llhttp's flags, which miss an empty value.
BodyFraming MessageCodec::declared_framing() {
    const Headers& headers = collector_.headers();
    if (!headers.contains("transfer-encoding"))
        return (parser_.flags & F_CONTENT_LENGTH) != 0 ? BodyFraming::sized : BodyFraming::none;
    std::string coding = headers.combined("transfer-encoding");
    if (!equal_ignoring_case(coding, "chunked"))
        fail("its Transfer-Encoding is \"" + coding + "\", and only chunked is understood here", 501);
    return BodyFraming::chunked;
}

void MessageCodec::set_framing(BodyFraming framing) {
    framing_ = framing;
    stage_ = Stage::body;
    if (framing == BodyFraming::sized) body_size_ = parser_.content_length;
    if (framing == BodyFraming::chunked) line_budget_ = limits_.chunk_line_bytes;
}

bool MessageCodec::wants_keep_alive() const noexcept {
    if ((parser_.flags & F_CONNECTION_CLOSE) != 0) return false;
    if (version() == Version::http_1_1) return true;
    // Chunks are not of HTTP/1.0: whoever sends them there is not to be trusted with another message.
    return (parser_.flags & F_CONNECTION_KEEP_ALIVE) != 0 && (parser_.flags & F_TRANSFER_ENCODING) == 0;
}

ParseEvent MessageCodec::read_body(std::string_view& input) {
    if (framing_ == BodyFraming::chunked) return read_chunks(input);
    if (framing_ == BodyFraming::until_close) return take_body(input, input.size());
    if (body_received_ < body_size_) return take_body(input, body_size_ - body_received_);
    stage_ = Stage::complete;
    return ParseEvent::complete;
}

ParseEvent MessageCodec::take_body(std::string_view& input, std::uint64_t at_most) {
    if (input.empty()) return ParseEvent::need_input;
    body_ = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(at_most, input.size())));
    body_received_ += body_.size();
    input.remove_prefix(body_.size());
    return ParseEvent::body;
}

ParseEvent MessageCodec::read_chunks(std::string_view& input) {
    while (!input.empty()) {
        bool in_data = chunk_left_ > 0;
        if (!in_data && line_budget_ == 0) {
            if (in_trailers_) fail_too_large("the trailers have", limits_.trailer_bytes, "bytes");
            fail_too_large("the line before a chunk has", limits_.chunk_line_bytes, "bytes");
        }
        std::string_view bytes = in_data ? input : input.substr(0, line_budget_);
        std::size_t used = in_trailers_ ? collect(bytes) : execute(bytes);
        input.remove_prefix(used);
        if (!in_data) line_budget_ -= used;
        switch (stop_) {
        case Stop::input:
        case Stop::head:
        case Stop::version:
        case Stop::fields:
        case Stop::failure:
            break;
        case Stop::chunk_header:
            begin_chunk();
            break;
        case Stop::chunk_data:
            body_received_ += body_.size();
            chunk_left_ -= body_.size();
            // The line end after the data belongs to no line.
            if (chunk_left_ == 0) line_budget_ = limits_.chunk_line_bytes + 2;
            return ParseEvent::body;
        case Stop::message:
            stage_ = Stage::complete;
            return ParseEvent::complete;
        }
    }
    return ParseEvent::need_input;
}

void MessageCodec::begin_chunk() {
    chunk_size_ = chunk_left_ = parser_.content_length;
    if (chunk_size_ > 0) return;
    in_trailers_ = true;
    line_budget_ = limits_.trailer_bytes;
    collector_.collect_into(trailers_);
}

// Gives llhttp the bytes, up to the next event, and says how many it took.
std::size_t MessageCodec::execute(std::string_view bytes) {
    stop_ = Stop::input;
    llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
    if (error == HPE_OK) return bytes.size();
    if (error == HPE_PAUSED) {
        std::size_t used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
        llhttp_resume(&parser_);
        return used;
    }
    // Some callbacks' errors are given back as others.
    if (stop_ == Stop::version) check_version();
    if (stop_ == Stop::fields)
        fail_too_large(in_trailers_ ? "the trailers have" : "the head has", limits_.fields, "fields");
    if (stop_ == Stop::failure) std::rethrow_exception(std::exchange(callback_failure_, nullptr)); // collect gives up
    fail_as_llhttp_says(error);
}

void MessageCodec::fail_as_llhttp_says(llhttp_errno_t error) {
    const char* reason = llhttp_get_error_reason(&parser_);
    std::string_view words = reason == nullptr ? "" : reason;
    auto type = static_cast<llhttp_type_t>(llhttp_get_type(&parser_));
    std::string beginning;
    if (stage_ == Stage::head) beginning = collector_.beginning(longest_beginning);
    fail(words_for(error, words, type, beginning), refusal_for(error, words, beginning));
}

ParseEvent MessageCodec::finish() {
    bool ended = stage_ == Stage::body && (framing_ == BodyFraming::until_close || framing_ == BodyFraming::none ||
                                           (framing_ == BodyFraming::sized && body_received_ == body_size_));
    if (stage_ == Stage::complete || ended) {
        stage_ = Stage::complete;
        return ParseEvent::complete;
    }
    if (stage_ == Stage::failed) fail("the connection was used after it had failed");
    Phase where = phase();
    std::string reason = "the " + std::string(peer_) + " closed the connection " + cut_short();
    std::uint64_t received = where == Phase::body ? body_received_ : head_bytes_;
    give_up();
    throw ConnectionClosed({{}, {}, where}, reason, received);
}

std::string MessageCodec::cut_short() const {
    auto bytes = [](std::uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); };
    if (stage_ != Stage::body) {
        if (head_bytes_ > 0) return "after " + bytes(head_bytes_);
        return method_ == nullptr ? "before it answered" : "before it sent anything";
    }
    std::string after = "after " + std::to_string(body_received_);
    if (framing_ == BodyFraming::sized) return after + " of " + bytes(body_size_) + " of the body";
    after = "after " + bytes(body_received_) + " of a chunked body, ";
    if (in_trailers_) return after + "inside its trailers";
    if (chunk_left_ == 0) return after + "before its last chunk";
    return after + "inside a chunk, of which " + std::to_string(chunk_size_ - chunk_left_) + " of " +
           bytes(chunk_size_) + " had come";
}

Phase MessageCodec::phase() const noexcept { return stage_ == Stage::body ? Phase::body : Phase::head; }

void MessageCodec::give_up() noexcept {
    // What was collected before is either the owner's by now, or not wanted.
    if (stage_ == Stage::head || in_trailers_) collector_.abandon();
    stage_ = Stage::failed;
}

void MessageCodec::fail(std::string_view reason, int refusal_status) {
    Phase where = phase();
    refusal_status_ = refusal_status;
    give_up();
    std::string subject = peer_ == "server" ? "the answer is malformed: " : "the request is malformed: ";
    throw ProtocolError({{}, {}, where}, subject + std::string(reason));
}

void MessageCodec::fail_too_large(std::string_view what, std::size_t limit, std::string_view unit, int refusal_status) {
    Phase where = phase();
    refusal_status_ = refusal_status;
    give_up();
    throw TooLarge({{}, {}, where}, std::string(what) + " more than " + std::to_string(limit) + " " + std::string(unit),
                   limit);
}

} // namespace corduroy::http
