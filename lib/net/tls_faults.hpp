#pragma once

#include <openssl/x509_vfy.h>
#include <string>

namespace corduroy::net {

// What the first entry of OpenSSL's error queue says, in words for who has to do with the peer rather than with
// OpenSSL: "the peer refused: unknown CA". Empties the queue.
std::string take_tls_fault();

// Why a certificate was refused, told from inside a verification: "the certificate expired on 2024-01-02".
std::string certificate_fault(X509_STORE_CTX& verification);

} // namespace corduroy::net
