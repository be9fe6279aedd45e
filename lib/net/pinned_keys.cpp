#include "net/pinned_keys.hpp"

#include <corduroy/base/error.hpp>

#include "net/tls_handles.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace corduroy::net {

namespace {

constexpr std::string_view prefix = "sha256//";
constexpr std::size_t hash_size = 32;
constexpr std::size_t base64_size = 44;

bool is_hash(std::string_view text) {
    if (text.size() != base64_size || text.back() != '=') return false;
    std::array<unsigned char, base64_size> room{};
    int decoded = EVP_DecodeBlock(room.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                  static_cast<int>(text.size()));
    return decoded == static_cast<int>(hash_size) + 1; // it counts the padding
}

} // namespace

std::vector<std::string> parse_pinned_keys(std::string_view text) {
    std::vector<std::string> hashes;
    while (!text.empty()) {
        std::size_t end = text.find(';');
        std::string_view pin = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pin.empty()) continue;
        if (!pin.starts_with(prefix) || !is_hash(pin.substr(prefix.size())))
            throw TlsError("the pinned key \"" + std::string(pin.substr(0, 100)) +
                               "\" is not sha256// and the base64 of a SHA-256 hash",
                           TlsError::About::pinned_key);
        hashes.emplace_back(pin.substr(prefix.size()));
    }
    return hashes;
}

std::string key_hash(const SSL& ssl) {
    std::unique_ptr<X509, TlsRelease<X509_free>> certificate(SSL_get1_peer_certificate(&ssl));
    if (!certificate) return {};
    unsigned char* der = nullptr;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
    if (size <= 0) return {};
    std::array<unsigned char, hash_size> hash{};
    bool hashed = EVP_Digest(der, static_cast<std::size_t>(size), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
    OPENSSL_free(der);
    if (!hashed) return {};
    std::array<unsigned char, base64_size + 1> text{};
    EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash_size));
    return reinterpret_cast<const char*>(text.data());
}

} // namespace corduroy::net
