#pragma once

#include "http/client_core.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/http/proxy/proxy.hpp>
#include <corduroy/http/transport.hpp>
#include <corduroy/http/url.hpp>

#include <memory>
#include <string>

namespace corduroy::http {

// Whether requests go to the proxy itself, in absolute form, and not through a tunnel to the origin.
inline bool is_forwarded(const Proxy* proxy, const Url& url) noexcept {
    return proxy != nullptr && !proxy->is_socks() && !proxy->tunnels_all() && !url.is_secure();
}

// Appends what of a head is for the proxy: its headers, and the Proxy-Authorization of one with credentials, unless a
// header says it already.
void append_proxy_fields(std::string& out, const Proxy& proxy, bool authorized);

// A connection to the origin of `url` by the proxy, or to the proxy where it is to forward the requests. Throws a
// ProxyError; what fails beyond the tunnel is told as it is without one.
Task<std::unique_ptr<net::ByteStream>> connect_by_proxy(ClientCore& core, const Proxy& proxy, const Url& url,
                                                        ConnectObserver& observer);

} // namespace corduroy::http
