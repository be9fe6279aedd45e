#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace corduroy {

// The root of what Corduroy throws on failure. Its message says what was tried, on what, and why it failed.
// `Cancelled` is not among its children: see corduroy/base/cancelled.hpp.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A system call or ring operation failed. `code()` is the system's reason (generic category, a positive errno).
class IoError : public Error {
public:
    // The message becomes "<what was tried> failed: <the system's words for it>".
    IoError(std::string_view tried, int errno_value);

    std::error_code code() const noexcept { return code_; }

private:
    std::error_code code_;
};

// A deadline passed. The message names the phase that was under way and the bound, e.g. "connect to 10.0.0.1:80
// timed out after 30 s"; `phase()` is that first part alone, and may be empty where no phase was known.
class TimeoutError : public Error {
public:
    TimeoutError(std::string_view phase, std::chrono::nanoseconds bound);

    const std::string& phase() const noexcept { return phase_; }
    std::chrono::nanoseconds bound() const noexcept { return bound_; }

private:
    std::string phase_;
    std::chrono::nanoseconds bound_;
};

// A host name could not be turned into addresses.
class ResolveError : public Error {
public:
    using Error::Error;
};

// A TLS handshake, a certificate check or a TLS record failed.
class TlsError : public Error {
public:
    // What was wrong, as far as a caller may want to act on it.
    enum class About : unsigned char {
        protocol,         // the handshake or a record, or TLS itself cannot be had
        roots,            // the certificates that are trusted cannot be read
        revocations,      // the list of those that are trusted no more cannot be read
        ciphers,          // none of the ciphers, or groups, that are to be used is known
        own_certificate,  // our certificate or its key cannot be used
        peer_certificate, // the peer's certificate was refused
        pinned_key,       // the peer's key is none of those that are pinned, or what is pinned is no key's hash
    };

    explicit TlsError(const std::string& message, About about = About::protocol) : Error(message), about_(about) {}

    About about() const noexcept { return about_; }

private:
    About about_;
};

// The peer closed or reset the connection in the middle of a TLS handshake and gave no reason: unlike what else is
// wrong with TLS, it may go well the next time.
class TlsClosed : public TlsError {
public:
    using TlsError::TlsError;
};

// What `Deferred::cancel` leaves in a Deferred whose canceller did not fire it (Twisted's CancelledError). An ordinary
// failure of that one Deferred, unlike `Cancelled`, which is a scope unwinding.
class CancelledError : public Error {
public:
    using Error::Error;
};

// The system's words for an errno value, e.g. "Connection refused" for ECONNREFUSED.
std::string errno_message(int errno_value);

// A duration for a person: "250 ms", "2 s", "1.5 s".
std::string duration_text(std::chrono::nanoseconds duration);

} // namespace corduroy
