#pragma once

#include <corduroy/net/tls_context.hpp>

#include "net/tls_handles.hpp"
#include "net/tls_session_cache.hpp"

#include <string>
#include <vector>

namespace corduroy::net {

struct TlsContext::Impl {
    explicit Impl(const TlsSettings& settings);

    // A server is to be verified. Throws TlsError where the system's roots are wanted for that, and cannot be read.
    void need_roots() {
        if (system_roots_wanted) read_system_roots();
    }

    SslContextHandle handle;
    std::string alpn;              // in the form of the wire: each behind its length
    std::vector<std::string> pins; // none: any key will do
    TlsSessionCache sessions;

private:
    void read_system_roots();

    bool system_roots_wanted = false; // and not read yet
};

} // namespace corduroy::net
