#pragma once

#include <string>

namespace corduroy::http {

// What the parts of the URL parser raise among themselves. UrlParser makes an InvalidUrl or UnsupportedUrl of it, for
// it alone knows the whole text.
struct UrlFault {
    std::string reason;
    // The URL may be right, but not for us.
    bool unsupported = false;
};

} // namespace corduroy::http
