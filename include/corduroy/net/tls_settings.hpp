#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace corduroy::net {

enum class TlsVersion : unsigned char { tls_1_2, tls_1_3 };

// How TLS is spoken. What is not set is as a browser would have it: the peer of a client is verified against the
// system's roots and the name it was asked for. Make a TlsContext of it, once.
struct TlsSettings {
    // A client takes whatever certificate the server shows, of whatever name (curl's -k): anybody in between can read
    // and change everything. Making a context of it logs a warning. Pinned keys are looked at all the same.
    bool insecure_accept_any_certificate = false;

    // A PEM file of the roots that a client trusts, in place of the system's (curl's --cacert). Empty: the system's, or
    // those that SSL_CERT_FILE and SSL_CERT_DIR name.
    std::string ca_file;
    // A directory of them, beside the file or alone, as `openssl rehash` makes it (curl's --capath). Empty: none.
    std::string ca_directory;
    // A PEM file of the lists by which those who issue certificates revoke them (curl's --crlfile): each issuer must
    // have one there, and a certificate that is in it is refused. Empty: nobody is asked.
    std::string revocation_file;

    // The name that a client asks for and verifies, in place of the host it connects to. Empty: the host.
    std::string server_name;

    // Our own certificate, followed by those that lead to its root, and its private key: PEM files. A server needs one;
    // a client shows it to servers that ask for it. Of the system's roots nothing is added to it. With an empty
    // `key_file` the key is in the certificate's.
    std::string certificate_file;
    std::string key_file;
    // The password of a key that is encrypted, or who is asked for it, with the file's name, when the context is made.
    std::string key_password;
    std::function<std::string(const std::string& key_file)> ask_key_password;

    // The public keys that a client takes from the server, in curl's form: "sha256//" and the base64 of the key's hash
    // (RFC 7469 section 2.4), several with ';' between them. One of them must be the server's, beside all else that is
    // verified. Empty: any.
    std::string pinned_keys;

    // The oldest version accepted.
    TlsVersion minimum_version = TlsVersion::tls_1_2;
    // The newest one; nothing: the newest that there is.
    std::optional<TlsVersion> maximum_version;

    // The ciphers of TLS 1.2 that may be used, those of TLS 1.3, and the groups for the exchange of keys, best first,
    // each by OpenSSL's names with ':' between. Empty: OpenSSL's own choice.
    std::string ciphers;
    std::string ciphers_1_3;
    std::string groups;

    // The application's protocols, best first (ALPN, RFC 7301). A server takes its first that the client offers too,
    // and answers none where there is none. Empty: the matter is not mentioned.
    std::vector<std::string> alpn{"http/1.1"};
};

} // namespace corduroy::net
