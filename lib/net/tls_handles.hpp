#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace corduroy::net {

// OpenSSL's objects, owned.
template <auto release>
struct TlsRelease {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};
using SslContextHandle = std::unique_ptr<SSL_CTX, TlsRelease<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, TlsRelease<SSL_free>>;
using SslSessionHandle = std::unique_ptr<SSL_SESSION, TlsRelease<SSL_SESSION_free>>;
using BioHandle = std::unique_ptr<BIO, TlsRelease<BIO_free>>;

} // namespace corduroy::net
