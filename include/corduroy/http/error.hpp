#pragma once

#include <corduroy/base/error.hpp>
#include <corduroy/base/time.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace corduroy::http {

// How far a request had come when it failed.
enum class Phase : unsigned char { pool, name, connect, tls, send, head, body };

// "pool", "name", "connect", "tls", "send", "head" or "body".
std::string_view to_string(Phase phase) noexcept;

// The same for a sentence: "waiting for a connection", "looking up the name", "connecting", "setting up TLS", "sending
// the request", "reading the head", "reading the body".
std::string_view doing(Phase phase) noexcept;

// Which request failed and where it stood. `url` is without userinfo (Url::redacted), for it goes into messages. Method
// and url are empty where they are not known, as in a parser. The views need to live only as long as the call they are
// given to.
struct ErrorContext {
    std::string_view method;
    std::string_view url;
    Phase phase = Phase::name;
};

// An HTTP exchange failed. The message is one sentence, e.g. "GET http://h/ failed while connecting: connect to
// 127.0.0.1:9 failed: Connection refused".
class Error : public corduroy::Error {
public:
    // `reason` is what follows the colon; `cause` the lower error it came from, if any.
    Error(const ErrorContext& context, std::string_view reason, std::exception_ptr cause = nullptr);

    // The method of the request; empty where the error is not about one request, as all of these can be.
    const std::string& method() const noexcept { return method_; }
    // The URL of the request, without userinfo.
    const std::string& url() const noexcept { return url_; }
    Phase phase() const noexcept { return phase_; }
    // The last part of the message: why it failed.
    const std::string& reason() const noexcept { return reason_; }
    // The lower error (an IoError, a ResolveError, ...), or null.
    const std::exception_ptr& cause() const noexcept { return cause_; }

protected:
    // For children whose sentence has another shape.
    Error(std::string message, const ErrorContext& context, std::string_view reason, std::exception_ptr cause);

private:
    std::string method_;
    std::string url_;
    std::string reason_;
    std::exception_ptr cause_;
    Phase phase_;
};

// The peer broke the protocol: a malformed head, contradictory lengths, a body cut short.
class ProtocolError : public Error {
public:
    using Error::Error;
};

// The peer closed the connection before it had sent all there was to be: before it answered, or in the middle of head
// or body.
class ConnectionClosed : public ProtocolError {
public:
    ConnectionClosed(const ErrorContext& context, std::string_view reason, std::uint64_t received);

    // The bytes that had come: of the head, or, where the phase is `body`, of the body.
    std::uint64_t received() const noexcept { return received_; }

private:
    std::uint64_t received_;
};

// A body's Content-Encoding cannot be undone: it is one that is not known here, or what it was said to have encoded is
// damaged. `without_decoding` of a request gives the body as it comes.
class CodingError : public ProtocolError {
public:
    enum class Fault : unsigned char { unknown, damaged };

    CodingError(const ErrorContext& context, std::string_view reason, Fault fault);

    // The same body may come undamaged the next time; what is unknown stays so.
    Fault fault() const noexcept { return fault_; }

private:
    Fault fault_;
};

// A body that can be given once, for it comes from a generator, would have to be sent a second time. One that is given
// by a function that makes a generator each time can be. Where a redirect asks for it, this is the RedirectError's
// cause.
class BodySpent : public Error {
public:
    using Error::Error;
};

// The time for a phase of a request was over; `phase` says in words which request and which phase it was.
class PhaseTimeout : public TimeoutError {
public:
    PhaseTimeout(std::string_view words, Duration bound, Phase of) : TimeoutError(words, bound), of_(of) {}

    Phase of() const noexcept { return of_; }

private:
    Phase of_;
};

// A bound was passed: of a head, of the number of its fields, of a body.
class TooLarge : public Error {
public:
    // `what` is the thing and its bound in words: "the head is larger than 65536 bytes".
    TooLarge(const ErrorContext& context, std::string_view what, std::uint64_t limit);

    std::uint64_t limit() const noexcept { return limit_; }

private:
    std::uint64_t limit_;
};

// An answer whose status is an error for the one who asked. No request raises it by itself: it is raised by those who
// require success.
class StatusError : public Error {
public:
    // The message is "GET http://h/ failed: the server answered 404 Not Found". The phase is `body`.
    StatusError(const ErrorContext& context, int status, std::string_view reason_phrase, std::string body);

    int status() const noexcept { return status_; }
    const std::string& body() const noexcept { return body_; }

private:
    int status_;
    std::string body_;
};

// A redirect that cannot be followed: too many of them, no Location, a place that is not HTTP.
class RedirectError : public Error {
public:
    using Error::Error;
};

// A proxy that cannot be used or reached, or that does not do what it is asked to. The message is "GET https://h/
// failed while connecting: the proxy http://proxy.test:3128: it answered CONNECT h:443 with 407 Proxy Authentication
// Required"; it shows no user and password.
class ProxyError : public Error {
public:
    // `proxy` is its name, without credentials; `status` that of its answer, 0 where there was none.
    ProxyError(const ErrorContext& context, std::string_view proxy, std::string_view reason,
               std::exception_ptr cause = nullptr, int status = 0);

    const std::string& proxy() const noexcept { return proxy_; }
    int status() const noexcept { return status_; }

private:
    std::string proxy_;
    int status_;
};

// A URL that is not for us: of another scheme, or (InvalidUrl) none at all. Nothing was sent; the phase is `name`, the
// first. The message is "the URL ftp://h/ cannot be used: ..."; it shows no userinfo, even of text that is no URL.
class UnsupportedUrl : public Error {
public:
    UnsupportedUrl(std::string_view url_text, std::string_view reason);

protected:
    UnsupportedUrl(std::string_view url_text, std::string_view verdict, std::string_view reason);
};

// Text that is not a URL (WHATWG URL parsing fails): "the URL http://[::1 is invalid: ...".
class InvalidUrl : public UnsupportedUrl {
public:
    InvalidUrl(std::string_view url_text, std::string_view reason);
};

// Gives a lower failure its place: returns the error to throw instead of `failure` for the request in `context`.
// - A TimeoutError stays one, of the same bound; its phase becomes "GET http://h/ (connecting)".
// - A ProtocolError, TooLarge or BodySpent that does not know its URL yet, as parsers raise them, becomes one that
//   does; its own phase is kept.
// - Any other corduroy::Error, and std::system_error, becomes an http::Error whose cause() it is.
// - Everything else is returned unchanged: an http::Error that has its URL, Cancelled, CancelledError, bad_alloc, a
//   user's own exception.
std::exception_ptr in_context(std::exception_ptr failure, const ErrorContext& context);

// Throws in_context(failure, context).
[[noreturn]] void rethrow_in_context(std::exception_ptr failure, const ErrorContext& context);

} // namespace corduroy::http
