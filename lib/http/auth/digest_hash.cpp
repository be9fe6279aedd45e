// The hashes of digest authentication, through OpenSSL.

#include "http/auth/digest.hpp"

#include "config.hpp"
#include "http/credentials.hpp"

#include <corduroy/http/error.hpp>

#if CORDUROY_HAVE_OPENSSL
#include <openssl/evp.h>
#endif

namespace corduroy::http {

namespace {

const ErrorContext hashing{{}, {}, Phase::send};

} // namespace

#if CORDUROY_HAVE_OPENSSL

void require_digest(std::string_view user, std::string_view password) {
    require_no_controls(user, "user for digest");
    require_no_controls(password, "password for digest");
}

std::string hash_text(DigestChallenge::Hash hash, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const EVP_MD* kind = hash == DigestChallenge::Hash::md5 ? EVP_md5() : EVP_sha256();
    if (EVP_Digest(text.data(), text.size(), bytes, &size, kind, nullptr) != 1)
        throw Error(hashing, "OpenSSL refuses the hash that digest authentication asks for");
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

#else

void require_digest(std::string_view user, std::string_view password) {
    require_no_controls(user, "user for digest");
    require_no_controls(password, "password for digest");
    throw Error(hashing, "this build of Corduroy has no OpenSSL, and so no digest authentication");
}

std::string hash_text(DigestChallenge::Hash, std::string_view) {
    throw Error(hashing, "this build of Corduroy has no OpenSSL, and so no digest authentication");
}

#endif

} // namespace corduroy::http
