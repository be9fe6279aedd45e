#include <corduroy/http/request_parser.hpp>

#include "http/characters.hpp"
#include "http/message_codec.hpp"

#include <string>
#include <string_view>

namespace corduroy::http {

namespace {

// What a host and a port are made of (RFC 3986 section 3.2.2).
constexpr CharacterSet host_characters = letters_digits_and("-._~%!$&'()*+,;=:[]");

} // namespace

struct RequestParser::Impl {
    explicit Impl(const CodecLimits& limits) : codec(HTTP_REQUEST, "client", limits) { begin(); }

    void begin() {
        head.clear();
        codec.begin(&head.method, head.target, head.headers);
        keep_alive = expects_continue = offers_upgrade = false;
    }
    ParseEvent on_head();
    void check_host();
    void check_target();

    MessageCodec codec;
    RequestHead head;
    bool keep_alive = false;
    bool expects_continue = false;
    bool offers_upgrade = false;
};

ParseEvent RequestParser::Impl::on_head() {
    head.version = codec.version();
    check_host();
    check_target();
    BodyFraming framing = codec.declared_framing();
    keep_alive = codec.wants_keep_alive();
    offers_upgrade = codec.offers_upgrade();
    if (framing != BodyFraming::none && head.version == Version::http_1_1)
        expects_continue = head.headers.has_token("expect", "100-continue");
    codec.set_framing(framing);
    return ParseEvent::head;
}

void RequestParser::Impl::check_host() {
    std::size_t hosts = 0;
    for (auto [name, value] : head.headers) {
        if (!equal_ignoring_case(name, "host")) continue;
        ++hosts;
        if (!consists_of(value, host_characters))
            codec.fail("its Host holds a character that no host or port may hold");
    }
    if (hosts > 1) codec.fail("it has more than one Host");
    if (hosts == 0 && head.version == Version::http_1_1) codec.fail("it has no Host");
}

// What llhttp lets pass (RFC 9112 section 3.2): a fragment, which is never sent, and an asterisk that asks of the
// server as a whole.
void RequestParser::Impl::check_target() {
    if (head.target.find('#') != std::string::npos) codec.fail("its target holds a \"#\", and fragments are not sent");
    if (head.target == "*" && head.method != "OPTIONS") codec.fail("its target is \"*\", which is for OPTIONS alone");
}

RequestParser::RequestParser(const CodecLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

void RequestParser::begin() { impl_->begin(); }

ParseEvent RequestParser::next(std::string_view& input) {
    ParseEvent event = impl_->codec.next(input);
    return event == ParseEvent::head ? impl_->on_head() : event;
}

ParseEvent RequestParser::finish() {
    // Empty lines between requests count for nothing.
    if (!started()) return ParseEvent::end;
    return impl_->codec.finish();
}

RequestHead& RequestParser::head() noexcept { return impl_->head; }
std::string_view RequestParser::body() const noexcept { return impl_->codec.body(); }
Headers& RequestParser::trailers() noexcept { return impl_->codec.trailers(); }
BodyFraming RequestParser::framing() const noexcept { return impl_->codec.framing(); }

std::optional<std::uint64_t> RequestParser::content_length() const noexcept {
    if (framing() != BodyFraming::sized) return std::nullopt;
    return impl_->codec.content_length();
}

bool RequestParser::keep_alive() const noexcept { return impl_->keep_alive; }
bool RequestParser::expects_continue() const noexcept { return impl_->expects_continue; }
bool RequestParser::offers_upgrade() const noexcept { return impl_->offers_upgrade; }
bool RequestParser::started() const noexcept { return impl_->codec.message_began(); }
std::uint64_t RequestParser::body_received() const noexcept { return impl_->codec.body_received(); }
int RequestParser::refusal_status() const noexcept { return impl_->codec.refusal_status(); }

} // namespace corduroy::http
