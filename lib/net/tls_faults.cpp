#include "net/tls_faults.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/net/address.hpp>

#include "net/tls_handles.hpp"

#include <arpa/inet.h>
#include <ctime>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace corduroy::net {

namespace {

constexpr int names_told = 4;
constexpr std::size_t name_length_told = 100;

std::string ssl_fault(int reason) {
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "what the peer sent is not TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
        return "the peer speaks no version of TLS that is accepted here";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return "the peer accepts no version of TLS that is spoken here";
    case SSL_R_NO_SHARED_CIPHER:
        return "the peer speaks no cipher that is accepted here";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: // OpenSSL 3.0 has no words for it
        return "the peer refused: it wants a certificate";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return "the peer closed the connection without ending TLS";
    }
    if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
        return std::string("the peer refused: ") + SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET);
    return {};
}

// Text of the peer's choosing, fit for a message.
std::string tame(const ASN1_STRING* text) {
    const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
    std::string tamed(bytes, static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (tamed.size() > name_length_told) tamed = tamed.substr(0, name_length_told) + "...";
    for (char& c : tamed)
        if (c <= ' ' || c > '~') c = '?';
    return tamed;
}

std::string ip_text(const ASN1_OCTET_STRING* ip) {
    const unsigned char* bytes = ASN1_STRING_get0_data(ip);
    char text[64];
    int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
    if (family == AF_INET6 && ASN1_STRING_length(ip) != 16) return "?";
    if (inet_ntop(family, bytes, text, sizeof text) == nullptr) return "?";
    return text;
}

std::string common_name(const X509_NAME* name) {
    int at = name == nullptr ? -1 : X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    return at < 0 ? std::string() : tame(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

// The names and addresses that a certificate is for: "a.test, b.test"; its common name where it has no list of them.
std::string subjects(const X509& certificate) {
    std::string list;
    int told = 0;
    int more = 0;
    void* found = X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr);
    std::unique_ptr<GENERAL_NAMES, TlsRelease<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(found));
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
        if (told == names_told) {
            ++more;
            continue;
        }
        ++told;
        if (!list.empty()) list += ", ";
        list += name->type == GEN_DNS ? tame(name->d.dNSName) : ip_text(name->d.iPAddress);
    }
    if (more > 0) list += " and " + std::to_string(more) + " more";
    return list.empty() ? common_name(X509_get_subject_name(&certificate)) : list;
}

std::string date_text(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "a date that cannot be read";
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

} // namespace

std::string take_tls_fault() {
    unsigned long first = ERR_peek_error();
    ERR_clear_error();
    if (first == 0) return "OpenSSL gives no reason";
    int reason = ERR_GET_REASON(first);
    if (ERR_SYSTEM_ERROR(first)) return errno_message(reason);
    std::string told;
    if (ERR_GET_LIB(first) == ERR_LIB_SSL) told = ssl_fault(reason);
    if (!told.empty()) return told;
    const char* text = ERR_reason_error_string(first);
    return text != nullptr ? text : "OpenSSL's error " + std::to_string(first);
}

std::string certificate_fault(X509_STORE_CTX& verification) {
    int error = X509_STORE_CTX_get_error(&verification);
    const X509* certificate = X509_STORE_CTX_get_current_cert(&verification);
    if (certificate == nullptr) return X509_verify_cert_error_string(error);
    std::string which = "the certificate";
    if (X509_STORE_CTX_get_error_depth(&verification) > 0) {
        std::string issuer = common_name(X509_get_subject_name(certificate));
        which = "the issuer's certificate" + (issuer.empty() ? std::string() : " (" + issuer + ")");
    }
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return which + " expired on " + date_text(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return which + " is not valid before " + date_text(X509_get0_notBefore(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
        std::string kind = error == X509_V_ERR_HOSTNAME_MISMATCH ? "this name" : "this address";
        std::string others = subjects(*certificate);
        if (others.empty()) others = "nothing that can be named";
        return which + " is not valid for " + kind + " (it is for " + others + ")";
    }
    }
    return X509_verify_cert_error_string(error);
}

} // namespace corduroy::net
