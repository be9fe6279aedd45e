#include "http/auth/digest_keeping.hpp"

#include "http/field_text.hpp"
#include "http/generated_body.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <array>
#include <cstddef>

namespace corduroy::http {

namespace {

// 64 bits of the kernel's random source.
std::string make_client_nonce() {
    std::array<std::byte, 8> bytes;
    Reactor::current().kernel().random(bytes);
    std::string nonce;
    for (std::byte each : bytes) nonce += hexadecimal(static_cast<char>(each)).substr(2);
    return nonce;
}

// The first challenge, one for a nonce that had become stale, and no more.
constexpr unsigned most_tries = 2;

} // namespace

DigestKeeping::DigestKeeping(ClientCore& core, const RequestPlan& plan, const Url& first) : core_(core) {
    const ClientSettings& settings = core.settings();
    if (!plan.digest_user.empty()) {
        user_ = plan.digest_user;
        password_ = plan.digest_password;
    } else if (!settings.digest_user.empty() && !plan.headers.contains("authorization") &&
               (!settings.base_url || settings.base_url->same_origin(first))) {
        user_ = settings.digest_user;
        password_ = settings.digest_password;
    }
    if (!user_.empty()) origin_ = first.origin();
}

void DigestKeeping::add_to(RequestPlan& plan, const Url& to) {
    if (!is_for(to)) return;
    DigestSession* session = core_.digest_sessions().find(origin_, user_, password_);
    answered_ = session != nullptr;
    if (answered_)
        plan.headers.set("authorization",
                         session->authorization(plan.method,
                                                plan.target.empty() ? to.target() : std::string_view(plan.target),
                                                make_client_nonce()));
}

bool DigestKeeping::asks_again(const RequestPlan& plan, const Url& from, const Response& response) {
    if (response.status() != 401 || !is_for(from) || tries_ == most_tries) return false;
    auto challenge = DigestChallenge::find(response.headers());
    if (!challenge) return false;
    // A fresh nonce was refused: user or password are wrong. One of an earlier request may have been too old, whether
    // the server says so or not.
    if (answered_ && tries_ > 0 && !challenge->stale) return false;
    if (plan.generated && !plan.generated->can_be_sent())
        throw BodySpent({plan.method, from.href(), Phase::head},
                        "the server asks for digest authentication, and the body can be sent only once");
    ++tries_;
    core_.digest_sessions().put(origin_, DigestSession(*std::move(challenge), user_, password_));
    return true;
}

} // namespace corduroy::http
