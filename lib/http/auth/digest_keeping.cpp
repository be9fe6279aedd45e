#include "http/auth/digest_keeping.hpp"

#include "http/field_text.hpp"
#include "http/generated_body.hpp"
#include "http/preparation.hpp"

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

void DigestKeeping::take_own(ClientCore& core, const RequestPlan& plan, const Url& first) {
    const ClientSettings& settings = core.settings();
    if (!plan.extras->digest_user.empty())
        own_ = std::make_unique<Own>(core, plan.extras->digest_user, plan.extras->digest_password, first);
    else if (takes_default(plan, "authorization") && (!settings.base_url || settings.base_url->same_origin(first)))
        own_ = std::make_unique<Own>(core, settings.digest_user, settings.digest_password, first);
}

void DigestKeeping::add_now(RequestPlan& plan, const Url& to) {
    if (!own_->is_for(to)) return;
    DigestSession* session = own_->core.digest_sessions().find(own_->origin, own_->user, own_->password);
    own_->answered = session != nullptr;
    if (!own_->answered) return;
    std::string_view target = to.target();
    if (!plan.extras->target.empty()) target = plan.extras->target;
    plan.headers.set("authorization", session->authorization(plan.method, target, make_client_nonce()));
}

bool DigestKeeping::takes_up(const RequestPlan& plan, const Url& from, const Response& response) {
    if (!own_->is_for(from) || own_->tries == most_tries) return false;
    auto challenge = DigestChallenge::find(response.headers());
    if (!challenge) return false;
    // A fresh nonce was refused: user or password are wrong. One of an earlier request may have been too old, whether
    // the server says so or not.
    if (own_->answered && own_->tries > 0 && !challenge->stale) return false;
    if (plan.content->generated && !plan.content->generated->can_be_sent())
        throw BodySpent({plan.method, from.href(), Phase::head},
                        "the server asks for digest authentication, and the body can be sent only once");
    ++own_->tries;
    own_->core.digest_sessions().put(own_->origin, DigestSession(*std::move(challenge), own_->user, own_->password));
    return true;
}

} // namespace corduroy::http
