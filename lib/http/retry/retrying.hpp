#pragma once

#include "http/auth/digest_keeping.hpp"
#include "http/client_core.hpp"
#include "http/cookies/cookie_keeping.hpp"
#include "http/request_plan.hpp"

#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

namespace corduroy::http {

// Whether there is more to a request than one `Exchange`.
inline bool is_regulated(const RequestPlan& plan, const ClientSettings& settings) noexcept {
    return plan.extras->retry || settings.retry || settings.rate_limit;
}

// One request and its answer, as an `Exchange` has it, as often as the request's policy has it, or its client's, and no
// sooner than the client's limit of the host's rate. The plan has what the cookies and the digest authentication add to
// it; each further attempt is given it anew: a cookie that the answer before has set, and the next count of a nonce.
Task<> exchange_with_retries(ClientCore& core, RequestPlan& plan, const Url& url, Response& answer,
                             CookieKeeping& cookies, DigestKeeping& digest);

} // namespace corduroy::http
