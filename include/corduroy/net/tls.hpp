#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/net/tls_context.hpp>
#include <corduroy/net/tls_settings.hpp>

#include <memory>
#include <string>

namespace corduroy::net {

// Makes a TLS client of `stream`, which it owns from now on, and returns when the handshake is over and the server
// verified: for `host`, a name or a literal address without brackets, or for the settings' `server_name`. A name is
// also told to the server (SNI, RFC 6066). Earlier sessions with the host are resumed where both sides remember them.
//
// Throws TlsError naming host and cause: "TLS handshake with example.test failed: the certificate expired on
// 2024-01-02"; TlsClosed where the peer closed the connection in the handshake; IoError where the stream below fails.
// Cancelling it ends the handshake and the stream; its phase is "TLS handshake with <host>".
//
// The stream it gives is a ByteStream like any other. `read_some` returns 0 only when the peer ended TLS
// (close_notify); a connection that just ends there throws TlsError, for somebody may have cut it. `shutdown` sends
// close_notify and ends the sending side of the stream below. A cancelled read loses nothing that was received; after a
// cancelled write nothing can be written any more.
[[nodiscard]] Task<std::unique_ptr<ByteStream>>
start_tls_client(std::unique_ptr<ByteStream> stream, std::shared_ptr<const TlsContext> context, std::string host);

// The server's side of the same: the context has a certificate, and clients are not asked for theirs. Errors name the
// peer's address.
[[nodiscard]] Task<std::unique_ptr<ByteStream>> start_tls_server(std::unique_ptr<ByteStream> stream,
                                                                 std::shared_ptr<const TlsContext> context);

// Whether this build has TLS at all; without it the functions above throw TlsError that says so.
bool tls_available() noexcept;

} // namespace corduroy::net
