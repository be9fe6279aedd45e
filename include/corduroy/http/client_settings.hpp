#pragma once

#include <corduroy/base/time.hpp>
#include <corduroy/http/codec_limits.hpp>
#include <corduroy/http/content/decoding_settings.hpp>
#include <corduroy/http/cookies/cookie_jar.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/middleware.hpp>
#include <corduroy/http/proxy/proxy_settings.hpp>
#include <corduroy/http/retry/retry_policy.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/transport.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/net/connect_options.hpp>
#include <corduroy/net/resolver.hpp>
#include <corduroy/net/tls.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace corduroy::http {

// How a client goes about its requests: every bound it has, with its default. A request can set those of its own that
// RequestBuilder has calls for.
struct ClientSettings {
    // Looking up the name, connecting and setting up TLS, together. Waiting for a place in the pool is not part of it.
    Duration connect_timeout = std::chrono::seconds{30};
    // Setting up TLS, where it is to have less than what is left of the above.
    std::optional<Duration> tls_timeout;
    // From the request's being sent to the first byte of the answer.
    Duration head_timeout = std::chrono::seconds{60};
    // Silence inside a body, and a write that makes no progress.
    Duration silence_timeout = std::chrono::seconds{60};
    // Waiting for a place in the pool; no bound unless set.
    std::optional<Duration> pool_timeout;
    // The whole request, redirects and body included; none unless set.
    std::optional<Duration> timeout;

    // Redirects that are followed; with 0 the redirecting answer itself is given.
    unsigned redirects = 20;
    // A body that is read whole. A streamed one has no bound, but for what comes of it while the request's own body is
    // still being sent.
    std::size_t body_limit = 64 * 1024 * 1024;
    CodecLimits codec;
    DecodingSettings decoding;
    // Follows redirects from https to http too.
    bool insecure_redirects = false;

    // Connections at a time, in all and to one origin (0: no bound of its own); requests beyond that wait in turn.
    std::size_t connections = 100;
    std::size_t connections_per_origin = 0;
    // Idle connections that are kept, and for how long; with 0 none is used twice.
    std::size_t idle_connections = 100;
    Duration idle_timeout = std::chrono::seconds{60};
    // A streamed body that is dropped before its end, as a redirect's own is that is followed, is read to the end, so
    // that its connection can be used again, where no more than so many bytes of it are to come, by the next request
    // that gets the connection, which waits for them no longer than it took to make that connection (10 ms at least),
    // and then makes another; or not at all: then the connection is closed after this time. With 0 bytes it is closed
    // at once.
    std::size_t drain_limit = 64 * 1024;
    Duration drain_timeout = std::chrono::seconds{1};

    // Where connections come from. Null: sockets, as `resolver`, `tls`, `connecting` and `unix_socket` have it; another
    // one ignores these.
    std::shared_ptr<Transport> transport;
    net::TlsSettings tls;
    // The proxies by which requests go; none unless set: the environment's only where it is asked for, by
    // ProxySettings::from_environment. With a `unix_socket` there are none.
    ProxySettings proxies;
    // TLS with https proxies themselves; what `tls` says is for origins, by whatever way.
    net::TlsSettings proxy_tls;
    // Null: the reactor's own.
    std::shared_ptr<net::Resolver> resolver;
    // The local address or interface to connect from, and the delays of Happy Eyeballs.
    net::ConnectOptions connecting;
    // A Unix socket that all connections go to, whatever host the URL names, "/run/docker.sock", or "@name" in the
    // abstract namespace; with https, TLS is spoken over it, with the URL's host (curl's --unix-socket). Empty: none.
    std::string unix_socket;
    // What relative URLs are joined to, as RFC 3986 section 5 says: a base whose path ends in '/' keeps all of it.
    std::optional<Url> base_url;
    // Headers of every request that neither has one of the same name nor does without it.
    Headers headers;
    // The Authorization of every request that has none of its own; with a base URL only of those to its origin.
    std::string authorization;
    // User and password for digest authentication (RFC 7616), which are used where a server asks for it; with a base
    // URL only by servers of its origin. None where the user is empty.
    std::string digest_user;
    std::string digest_password;
    // Where cookies are kept, which clients may share; null where `keep_cookies` is to decide: with it each Client has
    // a jar of its own, without it cookies are kept from one redirect of a request to the next and no longer. The
    // module's functions, whose client everybody shares, keep none.
    std::shared_ptr<CookieJar> cookies;
    bool keep_cookies = true;
    // What each request goes through, the first one outermost.
    std::vector<Middleware> middleware;
    // Is told what happens to each request.
    Trace trace;
    // What is sent again, and when; nothing unless set. Null: nothing.
    std::shared_ptr<const RetryPolicy> retry;
    // How many requests in each `per` one host (and port) is asked at most, redirects and repetitions included, `burst`
    // of them at once after a pause; those beyond wait in turn. None unless set.
    struct RateLimit {
        std::size_t count;
        Duration per;
        std::size_t burst;
    };
    std::optional<RateLimit> rate_limit;
    // The User-Agent header; none where it is empty.
    std::string user_agent = "corduroy/0.1";
};

} // namespace corduroy::http
