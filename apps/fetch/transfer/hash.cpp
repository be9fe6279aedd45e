#include "transfer/hash.hpp"

#include <corduroy/base/error.hpp>

#if FETCH_CAN_HASH
#include <openssl/evp.h>
#endif

namespace fetch {

#if FETCH_CAN_HASH

struct Hash::State {
    State() : context(EVP_MD_CTX_new()) {}
    State(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }

    EVP_MD_CTX* context;
};

namespace {

void require(bool done, const std::string& what) {
    if (!done) throw corduroy::Error("OpenSSL cannot compute a checksum: " + what + " failed");
}

} // namespace

bool can_hash() noexcept { return true; }

Hash::Hash(const std::string& algorithm) : state_(std::make_unique<State>()) {
    const EVP_MD* method = EVP_get_digestbyname(algorithm.c_str());
    require(method != nullptr && state_->context != nullptr, algorithm);
    require(EVP_DigestInit_ex(state_->context, method, nullptr) == 1, algorithm);
}

void Hash::add(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "adding to it");
}

std::string Hash::hex() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    require(EVP_DigestFinal_ex(state_->context, bytes, &size) == 1, "ending it");
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += "0123456789abcdef"[bytes[i] >> 4];
        text += "0123456789abcdef"[bytes[i] & 15];
    }
    return text;
}

#else

struct Hash::State {};

bool can_hash() noexcept { return false; }
Hash::Hash(const std::string& algorithm) { throw corduroy::Error("this build cannot compute " + algorithm); }
void Hash::add(std::string_view) {}
std::string Hash::hex() { return {}; }

#endif

Hash::~Hash() = default;

} // namespace fetch
