#include "transfer/exit_status.hpp"

#include "file_error.hpp"
#include "transfer/checksum_check.hpp"
#include "transfer/given_addresses.hpp"
#include "transfer/rest.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/net/stream_errors.hpp>

#include <exception>

namespace fetch {

namespace http = corduroy::http;
using http::Phase;

namespace {

int status_of_phase(Phase phase) noexcept {
    switch (phase) {
    case Phase::name:
        return host_not_resolved;
    case Phase::pool:
    case Phase::connect:
        return not_connected;
    case Phase::tls:
        return tls_error;
    case Phase::send:
        return send_error;
    case Phase::head:
    case Phase::body:
        break;
    }
    return receive_error;
}

int status_of_file(const FileError& error) noexcept {
    return error.doing() == FileError::Doing::writing ? write_error : read_error;
}

int status_of_tls(const corduroy::TlsError& error) noexcept {
    using About = corduroy::TlsError::About;
    switch (error.about()) {
    case About::roots:
        return roots_unreadable;
    case About::revocations:
        return revocations_unreadable;
    case About::ciphers:
        return unknown_cipher;
    case About::own_certificate:
        return own_certificate;
    case About::peer_certificate:
        return certificate_refused;
    case About::pinned_key:
        return key_not_pinned;
    case About::protocol:
        break;
    }
    return tls_error;
}

int status_of_proxy(const http::ProxyError& error) {
    if (error.url().empty()) return proxy_not_resolved; // none that can be used, whatever is asked for
    try {
        if (error.cause()) std::rethrow_exception(error.cause());
    } catch (const corduroy::ResolveError&) {
        return proxy_not_resolved;
    } catch (const corduroy::TlsError& cause) {
        return status_of_tls(cause);
    } catch (const corduroy::net::LocalAddressError&) {
        return interface_failed;
    } catch (const corduroy::IoError&) {
        return not_connected;
    } catch (...) {
    }
    return error.proxy().starts_with("socks") ? socks_refused : receive_error;
}

int status_of_redirect(const http::RedirectError& error) {
    try {
        if (error.cause()) std::rethrow_exception(error.cause());
    } catch (const http::InvalidUrl&) {
        return malformed_url;
    } catch (const http::UnsupportedUrl&) {
        return unsupported_protocol;
    } catch (const http::BodySpent&) {
        return not_sent_again;
    } catch (...) {
    }
    return too_many_redirects;
}

int status_of_lower(const http::Error& error) {
    try {
        if (error.cause()) std::rethrow_exception(error.cause());
    } catch (const corduroy::net::LocalAddressError&) {
        return interface_failed;
    } catch (const FileError& cause) {
        return status_of_file(cause);
    } catch (const corduroy::ResolveError&) {
        return host_not_resolved;
    } catch (const corduroy::TlsError& cause) {
        if (cause.about() != corduroy::TlsError::About::protocol) return status_of_tls(cause);
    } catch (...) {
    }
    return status_of_phase(error.phase());
}

} // namespace

int exit_status_of(const corduroy::Failure& failure) {
    try {
        failure.rethrow();
    } catch (const FileError& error) {
        return status_of_file(error);
    } catch (const corduroy::IoError&) {
        return write_error; // those of the network are http::Errors
    } catch (const corduroy::TimeoutError&) {
        return timed_out;
    } catch (const http::InvalidUrl&) {
        return malformed_url;
    } catch (const http::UnsupportedUrl&) {
        return unsupported_protocol;
    } catch (const http::StatusError&) {
        return http_error;
    } catch (const http::RedirectError& error) {
        return status_of_redirect(error);
    } catch (const WrongChecksum&) {
        return wrong_checksum;
    } catch (const NoSuchRange&) {
        return no_range;
    } catch (const CutShort&) {
        return partial_file;
    } catch (const MalformedAddresses&) {
        return malformed_option;
    } catch (const http::TooLarge& error) {
        return error.phase() == Phase::body ? too_large : receive_error;
    } catch (const http::ConnectionClosed& error) {
        if (error.phase() == Phase::body) return partial_file;
        return error.received() == 0 ? nothing_came : receive_error;
    } catch (const http::ProxyError& error) {
        return status_of_proxy(error);
    } catch (const http::CodingError&) {
        return coding_not_undone;
    } catch (const http::ProtocolError& error) {
        return error.phase() == Phase::body ? receive_error : weird_reply;
    } catch (const http::BodySpent&) {
        return not_sent_again;
    } catch (const http::Error& error) {
        return status_of_lower(error);
    } catch (...) {
    }
    return 1;
}

} // namespace fetch
