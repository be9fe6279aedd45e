#include <corduroy/http/error.hpp>

#include "http/without_secrets.hpp"

#include <system_error>
#include <utility>

namespace corduroy::http {

namespace {

// Text that somebody wrote, made fit for a message: no control characters, not without end.
std::string printable(std::string_view text) {
    constexpr std::size_t longest = 300;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    bool cut = text.size() > longest;
    if (cut) text = text.substr(0, longest);
    // Not in the middle of a UTF-8 sequence.
    while (cut && !text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) {
        bool lead = (static_cast<unsigned char>(text.back()) & 0xc0) == 0xc0;
        text.remove_suffix(1);
        if (lead) break;
    }
    for (char character : text) {
        auto byte = static_cast<unsigned char>(character);
        if (byte >= 0x20 && byte != 0x7f) {
            shown += character;
        } else {
            shown += "\\x";
            shown += digits[byte >> 4];
            shown += digits[byte & 15];
        }
    }
    return cut ? shown + "..." : shown;
}

std::string what_failed(const ErrorContext& context) {
    if (context.url.empty()) return std::string(context.method);
    if (context.method.empty()) return std::string(context.url);
    return std::string(context.method) + " " + std::string(context.url);
}

std::string sentence(const ErrorContext& context, std::string_view reason) {
    std::string tried = what_failed(context);
    std::string phase(doing(context.phase));
    return (tried.empty() ? phase + " failed: " : tried + " failed while " + phase + ": ") + std::string(reason);
}

std::string status_sentence(const ErrorContext& context, int status, std::string_view reason_phrase) {
    std::string tried = what_failed(context);
    std::string answer = "the server answered " + std::to_string(status);
    if (!reason_phrase.empty()) answer += " " + std::string(reason_phrase);
    return tried.empty() ? answer : tried + " failed: " + answer;
}

std::string url_sentence(std::string_view url_text, std::string_view verdict, std::string_view reason) {
    std::string shown = url_text.empty() ? "\"\"" : without_secrets(url_text);
    return "the URL " + shown + std::string(verdict) + std::string(reason);
}

std::string proxy_sentence(const ErrorContext& context, std::string_view proxy, std::string_view reason) {
    std::string of_proxy = "the proxy " + printable(proxy) + ": " + printable(reason);
    return what_failed(context).empty() ? of_proxy : sentence(context, of_proxy);
}

std::string answered(int status) { return "the server answered " + std::to_string(status); }

} // namespace

std::string without_secrets(std::string_view text) {
    std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return printable(text);
    std::size_t begin = text.substr(0, at).find("://");
    begin = begin == std::string_view::npos ? 0 : begin + 3;
    return printable(std::string(text.substr(0, begin)) + "***" + std::string(text.substr(at)));
}

std::string_view to_string(Phase phase) noexcept {
    switch (phase) {
    case Phase::pool:
        return "pool";
    case Phase::name:
        return "name";
    case Phase::connect:
        return "connect";
    case Phase::tls:
        return "tls";
    case Phase::send:
        return "send";
    case Phase::head:
        return "head";
    case Phase::body:
        return "body";
    }
    return "";
}

std::string_view doing(Phase phase) noexcept {
    switch (phase) {
    case Phase::pool:
        return "waiting for a connection";
    case Phase::name:
        return "looking up the name";
    case Phase::connect:
        return "connecting";
    case Phase::tls:
        return "setting up TLS";
    case Phase::send:
        return "sending the request";
    case Phase::head:
        return "reading the head";
    case Phase::body:
        return "reading the body";
    }
    return "";
}

Error::Error(const ErrorContext& context, std::string_view reason, std::exception_ptr cause)
    : Error(sentence(context, reason), context, reason, std::move(cause)) {}

Error::Error(std::string message, const ErrorContext& context, std::string_view reason, std::exception_ptr cause)
    : corduroy::Error(std::move(message)), method_(context.method), url_(context.url), reason_(reason),
      cause_(std::move(cause)), phase_(context.phase) {}

ConnectionClosed::ConnectionClosed(const ErrorContext& context, std::string_view reason, std::uint64_t received)
    : ProtocolError(context, reason), received_(received) {}

CodingError::CodingError(const ErrorContext& context, std::string_view reason, Fault fault)
    : ProtocolError(context, reason), fault_(fault) {}

TooLarge::TooLarge(const ErrorContext& context, std::string_view what, std::uint64_t limit)
    : Error(context, what), limit_(limit) {}

StatusError::StatusError(const ErrorContext& context, int status, std::string_view reason_phrase, std::string body)
    : Error(status_sentence(context, status, reason_phrase), {context.method, context.url, Phase::body},
            answered(status), nullptr),
      status_(status), body_(std::move(body)) {}

ProxyError::ProxyError(const ErrorContext& context, std::string_view proxy, std::string_view reason,
                       std::exception_ptr cause, int status)
    : Error(proxy_sentence(context, proxy, reason), context, reason, std::move(cause)), proxy_(proxy), status_(status) {
}

UnsupportedUrl::UnsupportedUrl(std::string_view url_text, std::string_view reason)
    : UnsupportedUrl(url_text, " cannot be used: ", reason) {}

UnsupportedUrl::UnsupportedUrl(std::string_view url_text, std::string_view verdict, std::string_view reason)
    : Error(url_sentence(url_text, verdict, reason), {{}, without_secrets(url_text), Phase::name}, reason, nullptr) {}

InvalidUrl::InvalidUrl(std::string_view url_text, std::string_view reason)
    : UnsupportedUrl(url_text, " is invalid: ", reason) {}

namespace {

std::exception_ptr timeout_in_context(const TimeoutError& timeout, const ErrorContext& context) {
    std::string phase = what_failed(context);
    std::string stage(doing(context.phase));
    phase = phase.empty() ? stage : phase + " (" + stage + ")";
    if (!timeout.phase().empty()) phase += ": " + timeout.phase();
    return std::make_exception_ptr(PhaseTimeout(phase, timeout.bound(), context.phase));
}

// Parsers know the phase better than whoever calls them.
ErrorContext with_phase_of(const Error& error, const ErrorContext& context) {
    return {context.method, context.url, error.phase()};
}

} // namespace

std::exception_ptr in_context(std::exception_ptr failure, const ErrorContext& context) {
    try {
        std::rethrow_exception(failure);
    } catch (const PhaseTimeout& timeout) {
        // One that names its request already came through here before.
        bool named = context.url.empty() || timeout.phase().find(context.url) != std::string::npos;
        return named ? failure : timeout_in_context(timeout, context);
    } catch (const TimeoutError& timeout) {
        return timeout_in_context(timeout, context);
    } catch (const ConnectionClosed& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(
            ConnectionClosed(with_phase_of(error, context), error.reason(), error.received()));
    } catch (const CodingError& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(CodingError(with_phase_of(error, context), error.reason(), error.fault()));
    } catch (const BodySpent& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(BodySpent(with_phase_of(error, context), error.reason()));
    } catch (const ProtocolError& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(ProtocolError(with_phase_of(error, context), error.reason(), error.cause()));
    } catch (const TooLarge& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(TooLarge(with_phase_of(error, context), error.reason(), error.limit()));
    } catch (const ProxyError& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(
            ProxyError(with_phase_of(error, context), error.proxy(), error.reason(), error.cause(), error.status()));
    } catch (const StatusError&) {
        return failure;
    } catch (const RedirectError&) {
        return failure;
    } catch (const UnsupportedUrl&) {
        return failure;
    } catch (const Error& error) {
        if (!error.url().empty()) return failure;
        return std::make_exception_ptr(Error(with_phase_of(error, context), error.reason(), error.cause()));
    } catch (const CancelledError&) {
        return failure;
    } catch (const corduroy::Error& error) {
        return std::make_exception_ptr(Error(context, error.what(), failure));
    } catch (const std::system_error& error) {
        return std::make_exception_ptr(Error(context, error.what(), failure));
    } catch (...) {
        return failure;
    }
}

void rethrow_in_context(std::exception_ptr failure, const ErrorContext& context) {
    std::rethrow_exception(in_context(std::move(failure), context));
}

} // namespace corduroy::http
