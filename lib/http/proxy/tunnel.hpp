#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/proxy/proxy.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <memory>

namespace corduroy::http {

// Has an HTTP proxy open a tunnel to the origin of `url` (CONNECT, RFC 9110 section 9.3.6). The stream it gives leads
// there. Its head is bounded as any answer's is.
Task<std::unique_ptr<net::ByteStream>> open_tunnel(std::unique_ptr<net::ByteStream> stream, const Proxy& proxy,
                                                   const Url& url, const ClientSettings& settings);

} // namespace corduroy::http
