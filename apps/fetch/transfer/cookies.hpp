#pragma once

#include "options/options.hpp"

#include <corduroy/http/cookies/cookie_jar.hpp>

#include <memory>
#include <string>

namespace fetch {

// The jar that the options ask for, with the cookies of their files. Where no -b names a file (or '', which is an empty
// one) and there is no -c it takes none, as with curl: what a redirect sets is not sent along then. A file that is not
// there is an empty one, so that -b FILE -c FILE works the first time. Throws corduroy::Error where one cannot be read,
// or holds something else.
std::shared_ptr<corduroy::http::CookieJar> jar_of(const CookieOptions& options);

// The cookies that -b gives by themselves: "a=1; b=2".
std::string given_cookies(const CookieOptions& options);

} // namespace fetch
