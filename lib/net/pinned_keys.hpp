#pragma once

#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <vector>

namespace corduroy::net {

// The hashes in "sha256//AAAA…=;sha256//BBBB…=", as base64. Throws TlsError for anything else: a pin that is mistyped
// is one that nobody holds to.
std::vector<std::string> parse_pinned_keys(std::string_view text);

// The base64 of the SHA-256 hash of the peer's public key (its SubjectPublicKeyInfo, RFC 7469 section 2.4); empty where
// it showed no certificate.
std::string key_hash(const SSL& ssl);

} // namespace corduroy::net
