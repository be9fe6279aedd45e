#pragma once

#include "http/request_plan.hpp"

#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

#include <optional>

namespace corduroy::http {

// Where the answer sends the client, or nothing where it does not: no redirect status, no Location. Throws
// RedirectError for a place that must not be followed: another scheme than http and https, or http after https unless
// that is `insecure` by wish.
std::optional<Url> redirect_target(const Response& response, const RequestPlan& plan, const Url& from, bool insecure);

// Makes the plan that of the request to `to` (RFC 9110 section 15.4): after 303 anything but HEAD becomes GET, after
// 301 and 302 POST does, unless the plan's `redirect_methods` have it otherwise; credentials are not shown to another
// origin, unless its redirects are trusted. Throws RedirectError where a body that can be sent only once would have to
// be sent again.
void follow(RequestPlan& plan, int status, const Url& from, const Url& to);

} // namespace corduroy::http
