#pragma once

#include "net/tls_handles.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::net {

// The sessions a client may resume, by who they are with. Small and bounded; the oldest go first.
class TlsSessionCache {
public:
    static constexpr std::size_t per_peer = 4;
    static constexpr std::size_t in_all = 100;

    void put(std::string_view peer, SslSessionHandle session);

    // The newest session with `peer` that may still be used, or null. A TLS 1.3 session is taken out: two connections
    // that show the same ticket can be seen to belong together (RFC 8446, C.4). An earlier version's may be used again.
    SslSessionHandle take(std::string_view peer);

    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        std::string peer;
        SslSessionHandle session;
    };
    std::vector<Entry> entries_; // oldest first
};

} // namespace corduroy::net
