#pragma once

#include <corduroy/http/cookies/cookie.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// A Set-Cookie as it is written (RFC 6265bis section 5.6), before anybody asks whether it is to be taken.
struct SetCookie {
    std::string_view name;
    std::string_view value;
    std::optional<std::string_view> domain; // without a dot before it
    std::optional<std::string_view> path;
    std::optional<std::string_view> expires;
    std::optional<std::string_view> max_age;
    std::optional<std::string_view> same_site;
    bool secure = false;
    bool http_only = false;
};

// Nothing for what is none: a control character in it, or neither name nor value.
std::optional<SetCookie> parse_set_cookie(std::string_view text);

// Raises http::Error, naming it, where it cannot stand in a Cookie header.
void require_cookie(std::string_view name, std::string_view value);

// Sections 5.1.3 and 5.1.4. Hosts are in lower case.
bool domain_matches(std::string_view host, std::string_view domain, bool host_is_address) noexcept;
bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept;
std::string_view default_path(std::string_view request_path) noexcept;

// Whether it is a domain under which others register theirs, such as "com" and "co.uk".
bool is_public_suffix(const std::string& domain);

} // namespace corduroy::http
