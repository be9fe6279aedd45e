#include <corduroy/http/response.hpp>

#include "http/failed_body.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <new>
#include <utility>

namespace corduroy::http {

Response::Response(int status, std::string body, std::string_view content_type) : parts_(new Parts) {
    parts_->head.status = status;
    parts_->body = std::move(body);
    if (!parts_->body.empty() && !content_type.empty()) parts_->head.headers.add("content-type", content_type);
}

Response::Response(ResponseHead head, std::string body)
    : parts_(new Parts(std::move(head), std::move(body), nullptr)) {}

Response::Response(ResponseHead head, std::unique_ptr<BodyReader> body)
    : parts_(new Parts(std::move(head), {}, std::move(body))) {}

void Response::Release::operator()(Parts* parts) const noexcept { delete parts; }

const Response::Parts& Response::nothing() noexcept {
    static const Parts none;
    return none;
}

void Response::make_parts() { parts_.reset(new Parts); }

Response& Response::header(std::string_view name, std::string_view value) & {
    headers().add(name, value);
    return *this;
}

Response&& Response::header(std::string_view name, std::string_view value) && {
    headers().add(name, value);
    return std::move(*this);
}

const std::string& Response::bytes() const& {
    if (streamed()) throw corduroy::Error("the body of a streamed response was asked for before it was read");
    return parts().body;
}

std::string Response::bytes() && {
    static_cast<void>(std::as_const(*this).bytes());
    return std::move(parts().body);
}

Response& Response::raise_for_status() & {
    if (status() < 400) return *this;
    constexpr std::size_t excerpt = 4096;
    std::string address = url_text();
    throw StatusError({.method = method(), .url = address, .phase = Phase::body}, status(),
                      reason().empty() ? reason_phrase(status()) : std::string_view(reason()),
                      parts().body.substr(0, excerpt));
}

Response&& Response::raise_for_status() && { return std::move(raise_for_status()); }

Task<std::string_view> Response::read() { return read_into({}); }

Task<std::string_view> Response::read_into(std::span<std::byte> room) {
    if (!streamed()) co_return std::string_view();
    std::string_view piece = co_await parts_->reader->read_into(room);
    if (piece.empty()) end_stream();
    co_return piece;
}

Task<> Response::read_all(std::size_t limit) {
    for (;;) {
        std::string_view piece = co_await read();
        if (piece.empty()) co_return;
        std::string& body = parts().body;
        if (piece.size() > limit || body.size() > limit - piece.size()) {
            std::string address = url_text();
            Failure failure =
                Failure::of(TooLarge({.method = method(), .url = address, .phase = Phase::body},
                                     "the body is larger than " + std::to_string(limit) + " bytes", limit));
            parts().reader = std::make_unique<FailedBody>(failure);
            failure.rethrow();
        }
        try {
            body += piece;
        } catch (const std::bad_alloc&) { // what comes behind the piece is of no use without it
            parts().reader = std::make_unique<FailedBody>(Failure::current());
            throw;
        }
    }
}

const Url& Response::url() const {
    if (!final_url()) throw corduroy::Error("a response that no request brought has no URL");
    return *final_url();
}

std::string Response::url_text() const { return final_url() ? final_url()->redacted() : std::string(); }

void Response::end_stream() {
    Parts& parts = *parts_;
    if (const Headers* trailers = parts.reader->trailers(); trailers != nullptr && !trailers->empty())
        extras().trailers = *trailers;
    parts.reader.reset();
    if (parts.timings.begun != TimePoint{}) parts.timings.done = Reactor::current().now();
}

Response::Extras& Response::extras() {
    std::unique_ptr<Extras>& extras = parts().extras;
    if (!extras) extras = std::make_unique<Extras>();
    return *extras;
}

const Headers& Response::trailers() const noexcept {
    static const Headers none;
    return parts().extras ? parts().extras->trailers : none;
}

const std::vector<Response::Hop>& Response::history() const noexcept {
    static const std::vector<Hop> none;
    return parts().extras ? parts().extras->history : none;
}

void Response::set_trailers(Headers trailers) { extras().trailers = std::move(trailers); }

void Response::set_connection(std::unique_ptr<net::ByteStream> stream, std::string read_ahead) {
    extras().connection = std::move(stream);
    extras().read_ahead = std::move(read_ahead);
}

net::Stream Response::take_connection() {
    if (!upgraded()) throw corduroy::Error("the connection of a response that was not upgraded, or once, can be taken");
    return net::Stream(std::move(extras().connection), std::move(extras().read_ahead));
}

std::unique_ptr<BodyReader> Response::take_reader() noexcept { return parts_ ? std::move(parts_->reader) : nullptr; }

void Response::set_origin(Url&& url, std::string&& method) {
    parts().method = std::move(method);
    parts().url.emplace(std::move(url));
}

void Response::set_history(std::vector<Hop> history) { extras().history = std::move(history); }

} // namespace corduroy::http
