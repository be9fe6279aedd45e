#pragma once

#include <corduroy/http/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// Raises http::Error where a user or a password cannot be sent, or where this build can do no digest authentication.
void require_digest(std::string_view user, std::string_view password);

// What a server asks for (RFC 7616 section 3.3).
struct DigestChallenge {
    enum class Hash : unsigned char { md5, sha256 };

    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque;
    std::string algorithm; // as the server wrote it; empty where it did not
    Hash hash = Hash::md5;
    bool session = false;   // "-sess"
    bool qop_auth = false;  // "auth" is offered; without a qop it is RFC 2069's
    bool stale = false;     // the nonce was too old, and the password not wrong
    bool user_hash = false; // the user's name is to be hashed

    // The best of a 401's WWW-Authenticate that can be answered: SHA-256 before MD5; nothing where there is none.
    static std::optional<DigestChallenge> find(const Headers& headers);
};

// The lower-case hexadecimal digest.
std::string hash_text(DigestChallenge::Hash hash, std::string_view text);

// Answers one server's challenge, request after request with the same nonce, whose uses it counts.
class DigestSession {
public:
    DigestSession(DigestChallenge challenge, std::string user, std::string password)
        : challenge_(std::move(challenge)), user_(std::move(user)), password_(std::move(password)) {}

    // The Authorization for a request of this method and target. `client_nonce` is to be a new one each time.
    std::string authorization(std::string_view method, std::string_view target, std::string_view client_nonce);

    bool is_for(std::string_view user, std::string_view password) const noexcept {
        return user_ == user && password_ == password;
    }

private:
    DigestChallenge challenge_;
    std::string user_;
    std::string password_;
    std::string session_nonce_; // "-sess": the client's first
    std::uint32_t count_ = 0;
};

// The sessions of a client, the latest last, by origin.
class DigestSessions {
public:
    DigestSession* find(std::string_view origin, std::string_view user, std::string_view password) noexcept;
    void put(std::string origin, DigestSession session);

private:
    static constexpr std::size_t most = 64;
    struct Entry {
        std::string origin;
        DigestSession session;
    };
    std::vector<Entry> entries_;
};

} // namespace corduroy::http
