#include "http/auth/digest.hpp"

#include "http/auth/challenges.hpp"
#include "http/characters.hpp"

#include <corduroy/http/error.hpp>

#include <algorithm>
#include <utility>

namespace corduroy::http {

namespace {

// RFC 9110 section 5.6.4.
std::string quoted_string(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::optional<DigestChallenge> understand(const AuthChallenge& offered) {
    DigestChallenge challenge;
    auto nonce = offered.get("nonce");
    if (!equal_ignoring_case(offered.scheme, "digest") || !nonce) return std::nullopt;
    challenge.nonce = *nonce;
    challenge.realm = offered.get("realm").value_or("");
    challenge.opaque = offered.get("opaque");
    challenge.algorithm = offered.get("algorithm").value_or("");
    std::string_view name = challenge.algorithm.empty() ? std::string_view("MD5") : challenge.algorithm;
    constexpr std::string_view ending = "-sess";
    if (name.size() > ending.size() && equal_ignoring_case(name.substr(name.size() - ending.size()), ending)) {
        challenge.session = true;
        name.remove_suffix(ending.size());
    }
    if (equal_ignoring_case(name, "sha-256"))
        challenge.hash = DigestChallenge::Hash::sha256;
    else if (!equal_ignoring_case(name, "md5"))
        return std::nullopt;
    if (auto qop = offered.get("qop")) {
        for (std::string_view rest = *qop; !rest.empty();) {
            std::string_view item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(item.size() + 1, rest.size()));
            challenge.qop_auth |= equal_ignoring_case(trimmed(item), "auth");
        }
        if (!challenge.qop_auth) return std::nullopt; // auth-int alone
    }
    challenge.stale = equal_ignoring_case(offered.get("stale").value_or(""), "true");
    challenge.user_hash = equal_ignoring_case(offered.get("userhash").value_or(""), "true");
    return challenge;
}

std::string eight_digits(std::uint32_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(8, '0');
    for (std::size_t i = 8; i-- > 0; number >>= 4) text[i] = digits[number & 15];
    return text;
}

} // namespace

std::optional<DigestChallenge> DigestChallenge::find(const Headers& headers) {
    std::optional<DigestChallenge> best;
    for (const AuthChallenge& offered : parse_challenges(headers, "www-authenticate")) {
        auto challenge = understand(offered);
        if (challenge && (!best || challenge->hash > best->hash)) best = std::move(challenge);
    }
    return best;
}

// RFC 7616 section 3.4.
std::string DigestSession::authorization(std::string_view method, std::string_view target,
                                         std::string_view client_nonce) {
    const DigestChallenge& asked = challenge_;
    auto hash = [&](std::string_view text) { return hash_text(asked.hash, text); };
    std::string nonce_count = eight_digits(++count_);
    if (session_nonce_.empty()) session_nonce_ = client_nonce;
    // With -sess the key holds the client's first nonce, which then is the one to say.
    std::string nonce(asked.session ? std::string_view(session_nonce_) : client_nonce);
    std::string key = hash(user_ + ":" + asked.realm + ":" + password_);
    if (asked.session) key = hash(key + ":" + asked.nonce + ":" + nonce);
    std::string what = hash(std::string(method) + ":" + std::string(target));
    std::string response = asked.qop_auth
                               ? hash(key + ":" + asked.nonce + ":" + nonce_count + ":" + nonce + ":auth:" + what)
                               : hash(key + ":" + asked.nonce + ":" + what);

    std::string user = asked.user_hash ? hash(user_ + ":" + asked.realm) : user_;
    std::string text = "Digest username=" + quoted_string(user) + ", realm=" + quoted_string(asked.realm) +
                       ", nonce=" + quoted_string(asked.nonce) + ", uri=" + quoted_string(target) + ", response=\"" +
                       response + "\"";
    if (!asked.algorithm.empty()) text += ", algorithm=" + asked.algorithm;
    if (asked.opaque) text += ", opaque=" + quoted_string(*asked.opaque);
    if (asked.qop_auth) text += ", qop=auth, nc=" + nonce_count;
    if (asked.qop_auth || asked.session) text += ", cnonce=" + quoted_string(nonce);
    if (asked.user_hash) text += ", userhash=true";
    return text;
}

DigestSession* DigestSessions::find(std::string_view origin, std::string_view user,
                                    std::string_view password) noexcept {
    for (Entry& entry : entries_)
        if (entry.origin == origin && entry.session.is_for(user, password)) return &entry.session;
    return nullptr;
}

void DigestSessions::put(std::string origin, DigestSession session) {
    std::erase_if(entries_, [&](const Entry& each) { return each.origin == origin; });
    if (entries_.size() >= most) entries_.erase(entries_.begin());
    entries_.push_back({std::move(origin), std::move(session)});
}

} // namespace corduroy::http
