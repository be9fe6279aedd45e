#pragma once

namespace corduroy::net {

// What tells that a peer has gone. A peer that has ended what it sends (FIN) may have closed the connection, or may
// wait for an answer still; which of the two shows only when it is sent something. A reset leaves no doubt, nor does a
// Unix socket that is closed, nor a peer that does not answer the probes of TCP any more.
enum class GoneSign : unsigned char { reset, end };

} // namespace corduroy::net
