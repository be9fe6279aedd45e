#pragma once

#include <string>
#include <string_view>

namespace corduroy::http {

// The ASCII form of a host name with letters beyond ASCII, or with labels that claim to be one already (xn--...): lower
// case, mapped and checked by UTS 46, non-transitional, as far as libidn2 goes. Raises UrlFault where there is none,
// and an unsupported one for a name beyond ASCII in a build without libidn2; there, xn-- labels pass unchecked.
std::string domain_to_ascii(std::string_view domain);

} // namespace corduroy::http
