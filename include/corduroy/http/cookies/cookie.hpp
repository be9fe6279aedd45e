#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace corduroy::http {

// One cookie as a CookieJar keeps it (RFC 6265bis section 5.5).
struct Cookie {
    using Time = std::chrono::system_clock::time_point;
    enum class SameSite : unsigned char { unset, none, lax, strict };

    std::string name{};
    std::string value{};
    // The host it belongs to, in lower case and without a dot before it; its subdomains get it too unless `host_only`.
    std::string domain{};
    bool host_only = true;
    std::string path = "/";
    // When it ends; nothing for one that ends with the session, that is with its jar.
    std::optional<Time> expires{};
    bool secure = false;
    // For the browser's scripts; kept so that it is saved.
    bool http_only = false;
    SameSite same_site = SameSite::unset;
    Time created{};
    Time last_used{};
};

} // namespace corduroy::http
