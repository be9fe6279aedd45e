#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

// Values of the Authorization header. Both raise http::Error, without showing a secret, for what the scheme cannot say.

// Of what is told in the clear or hashed alike: `what` names it, "user for basic".
void require_no_controls(std::string_view text, std::string_view what);

// RFC 7617: the user holds no ':', and neither holds a control character.
std::string basic_credentials(std::string_view user, std::string_view password);
// RFC 6750 section 2.1: letters, digits and "-._~+/", and any '=' at its end.
std::string bearer_credentials(std::string_view token);

} // namespace corduroy::http
