#pragma once

#include <corduroy/net/tls_settings.hpp>

#include <memory>

namespace corduroy::net {

// What many TLS streams share: settings, roots, certificate, and the sessions that a client may resume. The system's
// roots, which take tens of milliseconds to read, are read when it is first used to verify a server; so make one, and
// keep it. It is used by one reactor at a time.
class TlsContext {
public:
    // Reads the files of the settings at once, blocking. Throws TlsError that names the file and the cause: "read the
    // CA file x.pem failed: No such file or directory"; and in a build without OpenSSL always.
    static std::shared_ptr<const TlsContext> make(const TlsSettings& settings);

    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    // Reads the system's roots now, where they are the ones to trust and have not been read: for a program that is to
    // see them no more when it connects (chroot), or is not to be held up by that then. Throws TlsError.
    void read_roots() const;

    const TlsSettings& settings() const noexcept { return settings_; }

    // For the library: OpenSSL's side of it.
    struct Impl;
    Impl& impl() const noexcept { return *impl_; }

private:
    explicit TlsContext(const TlsSettings& settings);

    TlsSettings settings_;
    std::unique_ptr<Impl> impl_;
};

} // namespace corduroy::net
