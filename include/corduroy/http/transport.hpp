#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <memory>

namespace corduroy::http {

struct ClientSettings;
class Url;

// Where a client's connections come from: the seam between the client, with its pool, redirects and parsers, and
// whatever carries its bytes (law 9). ClientSettings::transport takes one; tests put a stub server behind it, and the
// client runs as it is, without a socket. (Twisted's IAgentEndpointFactory.)
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    // A new connection to the origin of `url`, ready to bear requests: TLS is set up where the URL is https. `url`
    // stays valid until the await has ended. Throws what says why there is none (ResolveError, IoError, TlsError),
    // which the client tells with method and URL. Cancelling it gives the connection up; the time is bounded by the
    // client (ClientSettings::connect_timeout). It is called for several connections at a time.
    virtual Task<std::unique_ptr<net::ByteStream>> connect(const Url& url) = 0;

    // The same for those who can say how far they have come; it is what the client calls, and `observer` outlives the
    // await. Unless it is overridden it is `connect`, and name, connect and tls are missing from traces.
    virtual Task<std::unique_ptr<net::ByteStream>> connect_observed(const Url& url, ConnectObserver& observer);

    // Sets TLS up with the origin of `url` over a stream that leads there already: a proxy's tunnel. Unless it is
    // overridden it throws an Error: this transport knows no TLS.
    virtual Task<std::unique_ptr<net::ByteStream>> secure(std::unique_ptr<net::ByteStream> tunnel, const Url& url,
                                                          ConnectObserver& observer);
};

// The transport of a client whose settings name none: sockets, by the settings' resolver, and TLS by their `tls`. For a
// transport of one's own that wraps it.
std::shared_ptr<Transport> socket_transport(const ClientSettings& settings);

} // namespace corduroy::http
