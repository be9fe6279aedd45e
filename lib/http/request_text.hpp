#pragma once

#include "http/default_fields.hpp"
#include "http/request_plan.hpp"

#include <corduroy/base/time.hpp>
#include <corduroy/http/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

class Proxy;

// What a request says once, and of itself: Host, and what frames its body.
bool is_ours_to_say(std::string_view name) noexcept;

// Appends the bytes of a request: its head, and behind it a body that travels along. With a `wait` it expects a "100
// Continue". `proxy`: where it goes by one.
void append_request(std::string& out, const RequestPlan& plan, const Url& url, const Proxy* proxy,
                    const DefaultFields& defaults, std::optional<Duration> wait);

// Whether the body is sent in one piece with the head: a small one, which is not to wait for a "100 Continue".
bool body_travels_along(const RequestPlan& plan, std::optional<Duration> wait) noexcept;

// The href of a URL without userinfo, up to its path.
std::string_view origin_of(const Url& url) noexcept;

} // namespace corduroy::http
