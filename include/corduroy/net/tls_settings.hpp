#pragma once

#include <string>
#include <vector>

namespace corduroy::net {

enum class TlsVersion : unsigned char { tls_1_2, tls_1_3 };

// How TLS is spoken. What is not set is as a browser would have it: the peer of a client is verified against the
// system's roots and the name it was asked for. Make a TlsContext of it, once.
struct TlsSettings {
    // Whether a client checks the server's certificate, its name included. Without it (curl's -k) anybody in between
    // can read and change everything.
    bool verify = true;

    // A PEM file of the roots that a client trusts, in place of the system's (curl's --cacert). Empty: the system's, or
    // those that SSL_CERT_FILE and SSL_CERT_DIR name.
    std::string ca_file;

    // The name that a client asks for and verifies, in place of the host it connects to. Empty: the host.
    std::string server_name;

    // A server's certificate, followed by those that lead to its root, and its private key: PEM files. A context
    // without a certificate is good for clients only.
    std::string certificate_file;
    std::string key_file;

    // The oldest version accepted.
    TlsVersion minimum_version = TlsVersion::tls_1_2;

    // The application's protocols, best first (ALPN, RFC 7301). A server takes its first that the client offers too,
    // and answers none where there is none. Empty: the matter is not mentioned.
    std::vector<std::string> alpn{"http/1.1"};
};

} // namespace corduroy::net
