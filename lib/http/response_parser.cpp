#include <corduroy/http/response_parser.hpp>

#include <corduroy/http/status.hpp>

#include "http/characters.hpp"
#include "http/message_codec.hpp"

#include <utility>

namespace corduroy::http {

struct ResponseParser::Impl {
    explicit Impl(const CodecLimits& limits)
        : codec(HTTP_RESPONSE, "server", limits), interim_limit(limits.interim_heads) {}

    // Before its first bytes are looked at, and not when it is asked for: of what is touched then, the cache holds
    // nothing any more when they come.
    void expect_head() {
        if (!std::exchange(before_head, false)) return;
        head.clear();
        codec.begin(nullptr, head.reason, head.headers);
    }
    ParseEvent on_head();
    BodyFraming decide_framing();

    MessageCodec codec;
    ResponseHead head;
    std::size_t interim_limit;
    std::size_t interim_heads = 0;
    bool to_head = false;
    bool to_connect = false;
    bool before_head = true; // what is here is of a former head
    bool started = false;
    bool keep_alive = false;
    bool upgraded = false;
};

ParseEvent ResponseParser::Impl::on_head() {
    head.version = codec.version();
    head.status = codec.status();
    if (!consists_of(head.reason, text_characters)) codec.fail("its reason phrase holds a control character");
    if (head.status < 100) codec.fail("its status is " + std::to_string(head.status));
    if (head.status < 200 && head.status != 101) {
        if (++interim_heads > interim_limit)
            codec.fail_too_large("the answer has", interim_limit, "interim answers before the final one");
        before_head = true;
        return ParseEvent::interim;
    }
    upgraded = head.status == 101 || (to_connect && head.status < 300);
    BodyFraming framing = decide_framing();
    codec.set_framing(framing);
    keep_alive = !upgraded && framing != BodyFraming::until_close && codec.wants_keep_alive();
    return ParseEvent::head;
}

// RFC 9112 section 6.3.
BodyFraming ResponseParser::Impl::decide_framing() {
    if (to_head || upgraded || !status_has_body(head.status)) return BodyFraming::none;
    BodyFraming declared = codec.declared_framing();
    return declared == BodyFraming::none ? BodyFraming::until_close : declared;
}

ResponseParser::ResponseParser(const CodecLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

void ResponseParser::begin(std::string_view request_method) {
    Impl& self = *impl_;
    self.to_head = request_method == "HEAD";
    self.to_connect = request_method == "CONNECT";
    self.interim_heads = 0;
    self.before_head = true;
    self.started = self.keep_alive = self.upgraded = false;
}

ParseEvent ResponseParser::next(std::string_view& input) {
    Impl& self = *impl_;
    self.expect_head();
    self.started |= !input.empty();
    ParseEvent event = self.codec.next(input);
    return event == ParseEvent::head ? self.on_head() : event;
}

ParseEvent ResponseParser::finish() {
    impl_->expect_head();
    return impl_->codec.finish();
}

ResponseHead& ResponseParser::head() noexcept { return impl_->head; }
std::string_view ResponseParser::body() const noexcept { return impl_->codec.body(); }
Headers& ResponseParser::trailers() noexcept { return impl_->codec.trailers(); }
BodyFraming ResponseParser::framing() const noexcept { return impl_->codec.framing(); }

std::optional<std::uint64_t> ResponseParser::content_length() const noexcept {
    if (framing() != BodyFraming::sized) return std::nullopt;
    return impl_->codec.content_length();
}

bool ResponseParser::keep_alive() const noexcept { return impl_->keep_alive; }
bool ResponseParser::upgraded() const noexcept { return impl_->upgraded; }
bool ResponseParser::started() const noexcept { return impl_->started; }
std::uint64_t ResponseParser::body_received() const noexcept {
    return impl_->before_head ? 0 : impl_->codec.body_received();
}

} // namespace corduroy::http
