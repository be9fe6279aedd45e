#pragma once

#include <corduroy/net/tls_context.hpp>

#include "net/tls_handles.hpp"
#include "net/tls_session_cache.hpp"

#include <string>
#include <vector>

namespace corduroy::net {

struct TlsContext::Impl {
    explicit Impl(const TlsSettings& settings);

    SslContextHandle handle;
    std::string alpn;              // in the form of the wire: each behind its length
    std::vector<std::string> pins; // none: any key will do
    TlsSessionCache sessions;
};

} // namespace corduroy::net
