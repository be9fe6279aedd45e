#pragma once

namespace corduroy::net {

// Has OpenSSL take its random bytes, where a simulated kernel runs on this thread, from that kernel's seed, so that the
// same seed gives the same bytes on the wire. To be called before OpenSSL draws any; does nothing on a real kernel.
void follow_simulated_random();

// Whether a simulated kernel runs on this thread.
bool simulated_here() noexcept;

} // namespace corduroy::net
