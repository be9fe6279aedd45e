#pragma once

namespace corduroy::http {

// What becomes of a request's method and body where the redirect's status leaves it open: 301, 302 and 303 (RFC 9110
// section 15.4). After 307 and 308 both stay as they are in any case.
enum class RedirectMethod : unsigned char {
    // What browsers do: GET without a body, after 303 of anything but HEAD, after 301 and 302 of POST.
    changed,
    // The request as it was, body included (curl's --post301, --post302 and --post303).
    kept,
    // The method alone (curl's -X); what goes on is without a body.
    kept_without_body,
};

} // namespace corduroy::http
