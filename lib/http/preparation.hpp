#pragma once

#include "http/request_plan.hpp"

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/url.hpp>

#include <string>
#include <string_view>

namespace corduroy::http {

// Makes the plan whole: parses its address to the URL that it leads to, without userinfo, and adds to its headers what
// the client adds to every request, and the Authorization. The URL's own userinfo is basic authentication where there
// is no other (as with curl). Raises UnsupportedUrl, also for a URL with CR, LF or NUL in it, and http::Error for a
// method that is none.
void prepare(RequestPlan& plan, const ClientSettings& settings);

// Raises UnsupportedUrl for a URL with CR, LF or NUL in it. The URL Standard drops line ends; in what a program gives
// they are a mistake, or an attack.
void require_one_line(std::string_view url);

// Whether a request has no headers of its own, and does without none.
inline bool takes_all_defaults(const RequestPlan& plan) noexcept {
    return plan.headers.empty() && plan.extras->without.empty();
}
// Whether it was told to do without a header of this name.
bool does_without(const RequestPlan& plan, std::string_view name) noexcept;
// The following, of one that does not take all.
bool takes_default_beside_own(const RequestPlan& plan, std::string_view name) noexcept;
// Whether a header of this name that the client would add goes into the request: it has none, and does not do without.
inline bool takes_default(const RequestPlan& plan, std::string_view name) noexcept {
    return takes_all_defaults(plan) || takes_default_beside_own(plan, name);
}

// Whether encoded answers to it are decoded.
inline bool decodes(const RequestPlan& plan, const ClientSettings& settings) noexcept {
    return plan.decoding && settings.decoding.enabled;
}

// What the userinfo of a URL is as an Authorization; empty where there is none.
std::string credentials_of(const Url& url);

} // namespace corduroy::http
