#include "http/cookies/cookie_text.hpp"

#include "config.hpp"
#include "http/characters.hpp"
#include "http/field_text.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/headers.hpp>

#include <algorithm>
#include <charconv>
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

// So many digits at the front of `text`, which are taken off it; -1 where there are more or fewer.
int take_number(std::string_view& text, std::size_t least, std::size_t most) noexcept {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits < least || digits > most) return -1;
    int number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(digits);
    return number;
}

struct Date {
    int hour = -1, minute = 0, second = 0, day = -1, month = -1, year = -1;

    bool take_time(std::string_view token) noexcept {
        int h = take_number(token, 1, 2);
        if (h < 0 || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        int m = take_number(token, 1, 2);
        if (m < 0 || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        int s = take_number(token, 1, 2);
        if (s < 0) return false;
        hour = h, minute = m, second = s;
        return true;
    }

    bool take_month(std::string_view token) noexcept {
        constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
        for (int i = 0; i < 12; ++i)
            if (equal_ignoring_case(token.substr(0, 3), names.substr(static_cast<std::size_t>(i) * 3, 3))) {
                month = i + 1;
                return true;
            }
        return false;
    }
};

bool is_delimiter(char c) noexcept {
    auto byte = static_cast<unsigned char>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
           (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

} // namespace

std::optional<SetCookie> parse_set_cookie(std::string_view text) {
    if (!consists_of(text, text_characters)) return std::nullopt;
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

std::optional<Cookie::Time> parse_cookie_date(std::string_view text) {
    Date date;
    while (!text.empty()) {
        std::size_t size = 0;
        while (size < text.size() && !is_delimiter(text[size])) ++size;
        std::string_view token = text.substr(0, size);
        text.remove_prefix(std::min(size + 1, text.size()));
        if (token.empty()) continue;
        std::string_view number = token;
        if (date.hour < 0 && date.take_time(token)) continue;
        if (int day; date.day < 0 && (day = take_number(number, 1, 2)) >= 0) {
            date.day = day;
            continue;
        }
        if (date.month < 0 && date.take_month(token)) continue;
        number = token;
        if (date.year < 0) date.year = take_number(number, 2, 4);
    }
    if (date.year >= 70 && date.year <= 99) date.year += 1900;
    if (date.year >= 0 && date.year <= 69) date.year += 2000;
    if (date.hour < 0 || date.hour > 23 || date.minute > 59 || date.second > 59 || date.day < 0 || date.month < 0 ||
        date.year < 1601)
        return std::nullopt;
    namespace chrono = std::chrono;
    chrono::year_month_day day(chrono::year(date.year), chrono::month(static_cast<unsigned>(date.month)),
                               chrono::day(static_cast<unsigned>(date.day)));
    if (!day.ok()) return std::nullopt;
    // A clock of nanoseconds ends in the year 2262, and begins in 1678.
    if (date.year > 2200) day = chrono::year(2200) / chrono::January / 1;
    if (date.year < 1700) day = chrono::year(1700) / chrono::January / 1;
    return chrono::sys_days(day) + chrono::hours(date.hour) + chrono::minutes(date.minute) +
           chrono::seconds(date.second);
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
#if CORDUROY_HAVE_PSL
    if (const psl_ctx_t* list = psl_builtin()) return psl_is_public_suffix(list, domain.c_str()) != 0;
#endif
    return domain.find('.') == std::string::npos;
}

} // namespace corduroy::http
