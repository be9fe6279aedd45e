#include "http/cookies/cookie_text.hpp"

#include "config.hpp"
#include "http/characters.hpp"
#include "http/field_text.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/headers.hpp>

#include <algorithm>
#if CORDUROY_HAVE_PSL
#include <libpsl.h>
#endif

namespace corduroy::http {

namespace {

// The next piece before `separator`, which is taken off `text`.
std::string_view take_until(std::string_view& text, char separator) noexcept {
    std::string_view piece = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    return piece;
}

constexpr std::size_t longest_attribute = 1024;

void take_attribute(SetCookie& cookie, std::string_view name, std::string_view value) {
    if (value.size() > longest_attribute) return;
    if (equal_ignoring_case(name, "expires")) cookie.expires = value;
    if (equal_ignoring_case(name, "max-age")) cookie.max_age = value;
    if (equal_ignoring_case(name, "path")) cookie.path = value;
    if (equal_ignoring_case(name, "secure")) cookie.secure = true;
    if (equal_ignoring_case(name, "httponly")) cookie.http_only = true;
    if (equal_ignoring_case(name, "samesite")) cookie.same_site = value;
    if (equal_ignoring_case(name, "domain")) {
        if (value.starts_with('.')) value.remove_prefix(1);
        cookie.domain = value;
    }
}

} // namespace

std::optional<SetCookie> parse_set_cookie(std::string_view text) {
    // A TAB could not be told from those between the columns of a saved jar.
    if (!consists_of(text, text_characters) || text.find('\t') != std::string_view::npos) return std::nullopt;
    SetCookie cookie;
    std::string_view pair = take_until(text, ';');
    std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
        cookie.value = trimmed(pair);
    } else {
        cookie.name = trimmed(pair.substr(0, equals));
        cookie.value = trimmed(pair.substr(equals + 1));
    }
    if (cookie.name.empty() && cookie.value.empty()) return std::nullopt;
    while (!text.empty()) {
        std::string_view attribute = take_until(text, ';');
        std::string_view name = take_until(attribute, '=');
        take_attribute(cookie, trimmed(name), trimmed(attribute));
    }
    return cookie;
}

void require_cookie(std::string_view name, std::string_view value) {
    const ErrorContext context{{}, {}, Phase::send};
    if (!is_token(name))
        throw Error(context, name.empty() ? "a cookie has an empty name"
                                          : "the name of a cookie holds a character that no name may hold");
    bool padded = trimmed(value).size() != value.size();
    for (char c : value)
        if (c == ';' || c == '\t' || !text_characters[static_cast<unsigned char>(c)])
            throw Error(context, "the value of the cookie " + std::string(name) + " holds the character " +
                                     hexadecimal(c) + ", which none may hold");
    if (padded)
        throw Error(context, "the value of the cookie " + std::string(name) + " has a space at an end, which is lost");
}

bool domain_matches(std::string_view host, std::string_view domain, bool host_is_address) noexcept {
    if (host == domain) return true;
    return !host_is_address && host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept {
    if (!request_path.starts_with(cookie_path)) return false;
    return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           request_path[cookie_path.size()] == '/';
}

std::string_view default_path(std::string_view request_path) noexcept {
    std::size_t slash = request_path.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? std::string_view("/") : request_path.substr(0, slash);
}

bool is_public_suffix(const std::string& domain) {
    if (domain.ends_with('.'))
        return is_public_suffix(domain.substr(0, domain.size() - 1)); // the same, said absolutely
#if CORDUROY_HAVE_PSL
    if (const psl_ctx_t* list = psl_builtin()) return psl_is_public_suffix(list, domain.c_str()) != 0;
#endif
    return domain.find('.') == std::string::npos;
}

} // namespace corduroy::http
