#include <corduroy/http/response.hpp>

#include "http/failed_body.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy::http {

Response::Response(int status, std::string body, std::string_view content_type) : body_(std::move(body)) {
    head_.status = status;
    if (!body_.empty() && !content_type.empty()) head_.headers.add("content-type", content_type);
}

Response::Response(ResponseHead head, std::string body) : head_(std::move(head)), body_(std::move(body)) {}

Response::Response(ResponseHead head, std::unique_ptr<BodyReader> body)
    : head_(std::move(head)), reader_(std::move(body)) {}

Response& Response::header(std::string_view name, std::string_view value) & {
    head_.headers.add(name, value);
    return *this;
}

Response&& Response::header(std::string_view name, std::string_view value) && {
    head_.headers.add(name, value);
    return std::move(*this);
}

const std::string& Response::bytes() const& {
    if (reader_) throw corduroy::Error("the body of a streamed response was asked for before it was read");
    return body_;
}

std::string Response::bytes() && {
    static_cast<void>(std::as_const(*this).bytes());
    return std::move(body_);
}

Response& Response::raise_for_status() & {
    if (head_.status < 400) return *this;
    constexpr std::size_t excerpt = 4096;
    std::string address = url_ ? url_->redacted() : std::string();
    throw StatusError({.method = method_, .url = address, .phase = Phase::body}, head_.status,
                      head_.reason.empty() ? reason_phrase(head_.status) : std::string_view(head_.reason),
                      body_.substr(0, excerpt));
}

Response&& Response::raise_for_status() && { return std::move(raise_for_status()); }

Task<std::string_view> Response::read() { return read_into({}); }

Task<std::string_view> Response::read_into(std::span<std::byte> room) {
    if (!reader_) co_return std::string_view();
    std::string_view piece = co_await reader_->read_into(room);
    if (piece.empty()) end_stream();
    co_return piece;
}

Task<> Response::read_all(std::size_t limit) {
    for (;;) {
        std::string_view piece = co_await read();
        if (piece.empty()) co_return;
        if (piece.size() > limit || body_.size() > limit - piece.size()) {
            std::string address = url_ ? url_->redacted() : std::string();
            Failure failure =
                Failure::of(TooLarge({.method = method_, .url = address, .phase = Phase::body},
                                     "the body is larger than " + std::to_string(limit) + " bytes", limit));
            reader_ = std::make_unique<FailedBody>(failure);
            failure.rethrow();
        }
        body_ += piece;
    }
}

const Url& Response::url() const {
    if (!url_) throw corduroy::Error("a response that no request brought has no URL");
    return *url_;
}

void Response::end_stream() {
    if (const Headers* trailers = reader_->trailers(); trailers != nullptr && !trailers->empty())
        extras().trailers = *trailers;
    reader_.reset();
    if (timings_.begun != TimePoint{}) timings_.done = Reactor::current().now();
}

Response::Extras& Response::extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
}

const Headers& Response::trailers() const noexcept {
    static const Headers none;
    return extras_ ? extras_->trailers : none;
}

void Response::set_trailers(Headers trailers) { extras().trailers = std::move(trailers); }

void Response::set_connection(std::unique_ptr<net::ByteStream> stream, std::string read_ahead) {
    extras().connection = std::move(stream);
    extras().read_ahead = std::move(read_ahead);
}

net::Stream Response::take_connection() {
    if (!upgraded()) throw corduroy::Error("the connection of a response that was not upgraded, or once, can be taken");
    return net::Stream(std::move(extras_->connection), std::move(extras_->read_ahead));
}

void Response::set_origin(Url url, std::string_view method, std::vector<Hop> history) {
    method_ = method;
    url_ = std::move(url);
    history_ = std::move(history);
}

} // namespace corduroy::http
