#pragma once

#include <string_view>

namespace corduroy::http {

// The usual words for a status code, e.g. "Not Found" for 404; empty for a code that is not registered (RFC 9110
// section 15, and the IANA registry of status codes).
std::string_view reason_phrase(int status) noexcept;

// Whether an answer of this status has a body, whatever its headers say: 1xx, 204 and 304 have none (RFC 9112
// section 6.3). Neither has the answer to a HEAD request.
constexpr bool status_has_body(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

// Whether the status sends the client elsewhere by a Location header: 301, 302, 303, 307, 308.
constexpr bool is_redirect_status(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace corduroy::http
