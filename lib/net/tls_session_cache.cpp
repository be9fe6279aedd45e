#include "net/tls_session_cache.hpp"

#include <algorithm>
#include <utility>

namespace corduroy::net {

void TlsSessionCache::put(std::string_view peer, SslSessionHandle session) {
    auto same = [&](const Entry& entry) { return entry.peer == peer; };
    bool many = static_cast<std::size_t>(std::ranges::count_if(entries_, same)) >= per_peer;
    if (many) entries_.erase(std::ranges::find_if(entries_, same));
    if (entries_.size() >= in_all) entries_.erase(entries_.begin());
    entries_.push_back({std::string(peer), std::move(session)});
}

SslSessionHandle TlsSessionCache::take(std::string_view peer) {
    for (auto entry = entries_.end(); entry != entries_.begin();) {
        --entry;
        if (entry->peer != peer) continue;
        SSL_SESSION* session = entry->session.get();
        if (SSL_SESSION_is_resumable(session) == 1 && SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION) {
            SSL_SESSION_up_ref(session);
            return SslSessionHandle(session);
        }
        SslSessionHandle taken = std::move(entry->session);
        entry = entries_.erase(entry);
        if (SSL_SESSION_is_resumable(taken.get()) == 1) return taken;
    }
    return nullptr;
}

} // namespace corduroy::net
