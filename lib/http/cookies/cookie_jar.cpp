#include <corduroy/http/cookies/cookie_jar.hpp>

#include "http/characters.hpp"
#include "http/cookies/cookie_text.hpp"
#include "http/http_date.hpp"

#include <corduroy/base/lower_case.hpp>
#include <corduroy/http/error.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace corduroy::http {

namespace {

// RFC 6265bis section 5.5: no cookie lives longer.
constexpr std::chrono::hours longest_life = std::chrono::days{400};

bool host_is_address(const Url& url) noexcept { return url.host_is_ipv4() || url.host_is_ipv6(); }

bool is_expired(const Cookie& cookie, Cookie::Time now) noexcept { return cookie.expires && *cookie.expires <= now; }

bool begins_ignoring_case(std::string_view text, std::string_view beginning) noexcept {
    return equal_ignoring_case(text.substr(0, beginning.size()), beginning);
}

std::optional<Cookie::Time> expiry_of(const SetCookie& cookie, Cookie::Time now) {
    std::optional<Cookie::Time> expires;
    std::string_view age = cookie.max_age.value_or("");
    bool negative = age.starts_with('-');
    std::string_view digits = negative ? age.substr(1) : age;
    if (!digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit)) {
        long long seconds = std::chrono::seconds(longest_life).count();
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds); // out of range: as it stands
        expires =
            negative || seconds == 0
                ? Cookie::Time()
                : now + std::chrono::seconds(std::min<long long>(seconds, std::chrono::seconds(longest_life).count()));
    } else if (cookie.expires) {
        expires = parse_date(*cookie.expires);
    }
    if (expires) expires = std::min(*expires, now + longest_life);
    return expires;
}

Cookie::SameSite same_site_of(std::optional<std::string_view> text) noexcept {
    if (!text) return Cookie::SameSite::unset;
    if (equal_ignoring_case(*text, "none")) return Cookie::SameSite::none;
    if (equal_ignoring_case(*text, "strict")) return Cookie::SameSite::strict;
    if (equal_ignoring_case(*text, "lax")) return Cookie::SameSite::lax;
    return Cookie::SameSite::unset;
}

// __Host- and __Secure- promise what the cookie then must be (section 5.7, in whatever case).
bool keeps_its_promise(const Cookie& cookie, bool has_path) noexcept {
    std::string_view said = cookie.name.empty() ? std::string_view(cookie.value) : std::string_view(cookie.name);
    bool of_host = begins_ignoring_case(said, "__host-");
    bool of_secure = begins_ignoring_case(said, "__secure-");
    if (cookie.name.empty()) return !of_host && !of_secure;
    if (of_secure || of_host) {
        if (!cookie.secure) return false;
    }
    return !of_host || (cookie.host_only && has_path && cookie.path == "/");
}

bool is_same(const Cookie& left, const Cookie& right) noexcept {
    return left.name == right.name && left.domain == right.domain && left.host_only == right.host_only &&
           left.path == right.path;
}

[[noreturn]] void raise_bad_line(std::size_t number, const char* why) {
    throw Error({{}, {}, Phase::name}, "line " + std::to_string(number) + " of the cookie file " + why);
}

} // namespace

bool CookieJar::set(const Url& from, std::string_view text, Time now) {
    auto parsed = parse_set_cookie(text);
    if (!parsed || parsed->name.size() + parsed->value.size() > limits_.bytes) return false;
    drop_expired(now); // they stand in nobody's way
    Cookie cookie;
    cookie.name = parsed->name;
    cookie.value = parsed->value;
    cookie.secure = parsed->secure;
    cookie.http_only = parsed->http_only;
    cookie.same_site = same_site_of(parsed->same_site);
    cookie.expires = expiry_of(*parsed, now);
    cookie.created = cookie.last_used = now;

    std::string host(from.host());
    std::string domain = lower_case(parsed->domain.value_or(""));
    if (!domain.empty() && is_public_suffix(domain)) {
        if (domain != host) return false;
        domain.clear();
    }
    if (!domain.empty() && !domain_matches(host, domain, host_is_address(from))) return false;
    cookie.host_only = domain.empty();
    cookie.domain = domain.empty() ? host : std::move(domain);

    bool has_path = parsed->path && parsed->path->starts_with('/');
    cookie.path = has_path ? *parsed->path : default_path(from.path());
    if (cookie.secure && !from.is_secure()) return false;
    if (cookie.same_site == Cookie::SameSite::none && !cookie.secure) return false;
    if (!keeps_its_promise(cookie, has_path)) return false;
    // Leave secure cookies alone: what came without TLS neither replaces one nor stands in its way.
    auto shadows = [&](const Cookie& other) {
        return other.secure && other.name == cookie.name &&
               (domain_matches(other.domain, cookie.domain, false) ||
                domain_matches(cookie.domain, other.domain, false)) &&
               path_matches(cookie.path, other.path);
    };
    if (!cookie.secure && !from.is_secure() && std::any_of(cookies_.begin(), cookies_.end(), shadows)) return false;
    return put(std::move(cookie), now);
}

void CookieJar::set_all(const Url& from, const Headers& headers, Time now) {
    for (auto [name, value] : headers)
        if (equal_ignoring_case(name, "set-cookie")) set(from, value, now);
}

void CookieJar::add(Cookie cookie) {
    require_cookie(cookie.name, cookie.value);
    cookie.domain = lower_case(cookie.domain);
    auto is_plain = [](std::string_view text) {
        return consists_of(text, text_characters) && text.find_first_of("\t;") == std::string_view::npos;
    };
    if (cookie.domain.empty() || !is_plain(cookie.domain))
        throw Error({{}, {}, Phase::send}, "the domain of the cookie " + cookie.name + " is none");
    if (!cookie.path.starts_with('/') || !is_plain(cookie.path))
        throw Error({{}, {}, Phase::send}, "the path of the cookie " + cookie.name + " is none");
    put(std::move(cookie), Time::min());
}

void CookieJar::drop_expired(Time now) {
    std::erase_if(cookies_, [&](const Cookie& each) { return is_expired(each, now); });
}

bool CookieJar::put(Cookie cookie, Time now) {
    auto old =
        std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& each) { return is_same(each, cookie); });
    if (old != cookies_.end()) {
        cookie.created = old->created;
        if (is_expired(cookie, now))
            cookies_.erase(old);
        else
            *old = std::move(cookie);
        return true;
    }
    if (is_expired(cookie, now)) return true;
    std::string domain = cookie.domain;
    cookies_.push_back(std::move(cookie));
    return make_room(domain, now);
}

// Section 5.6: expired ones go first, then those of the crowded domain, then any; of these each time one that is not
// Secure before one that is, and the one unused for longest. The one that has just come, which stands last, goes only
// where none can go in its place: what comes without TLS drives no Secure one out. Whether it has stayed.
bool CookieJar::make_room(const std::string& domain, Time now) {
    auto of_domain = [&](const Cookie& each) { return each.domain == domain; };
    auto count = [&] { return static_cast<std::size_t>(std::count_if(cookies_.begin(), cookies_.end(), of_domain)); };
    if (cookies_.size() <= limits_.cookies && count() <= limits_.per_domain) return true;
    drop_expired(now);
    bool stays = true;
    auto drop_oldest = [&](auto belongs) {
        auto last = std::prev(cookies_.end());
        auto oldest = last;
        for (auto each = cookies_.begin(); each != last; ++each)
            if (belongs(*each) && (oldest == last || each->last_used < oldest->last_used)) oldest = each;
        if (oldest == last) stays = false;
        cookies_.erase(oldest);
    };
    auto drop_one = [&](auto belongs) {
        auto is_weak = [&](const Cookie& each) { return belongs(each) && !each.secure; };
        std::any_of(cookies_.begin(), cookies_.end(), is_weak) ? drop_oldest(is_weak) : drop_oldest(belongs);
    };
    while (count() > limits_.per_domain) drop_one(of_domain);
    while (cookies_.size() > limits_.cookies) drop_one([](const Cookie&) { return true; });
    return stays;
}

std::string CookieJar::header_for(const Url& to, Time now) {
    if (cookies_.empty()) return {};
    std::vector<Cookie*> chosen;
    for (Cookie& cookie : cookies_) {
        bool of_host = cookie.host_only ? to.host() == cookie.domain
                                        : domain_matches(to.host(), cookie.domain, host_is_address(to));
        if (of_host && path_matches(to.path(), cookie.path) && (!cookie.secure || to.is_secure()) &&
            !is_expired(cookie, now))
            chosen.push_back(&cookie);
    }
    std::sort(chosen.begin(), chosen.end(), [](const Cookie* left, const Cookie* right) {
        if (left->path.size() != right->path.size()) return left->path.size() > right->path.size();
        if (left->created != right->created) return left->created < right->created;
        return left < right; // as they came
    });
    std::string text;
    for (Cookie* cookie : chosen) {
        cookie->last_used = now;
        if (!text.empty()) text += "; ";
        if (!cookie->name.empty()) text.append(cookie->name).append(1, '=');
        text += cookie->value;
    }
    return text;
}

std::vector<Cookie> CookieJar::cookies(Time now) const {
    std::vector<Cookie> all;
    std::copy_if(cookies_.begin(), cookies_.end(), std::back_inserter(all),
                 [&](const Cookie& each) { return !is_expired(each, now); });
    return all;
}

std::size_t CookieJar::remove(std::string_view domain) {
    std::string wanted = lower_case(domain);
    return std::erase_if(cookies_, [&](const Cookie& each) { return each.domain == wanted; });
}

void CookieJar::end_session() {
    std::erase_if(cookies_, [](const Cookie& each) { return !each.expires; });
}

std::string CookieJar::netscape_text(Time now) const {
    std::string text = "# Netscape HTTP Cookie File\n\n";
    for (const Cookie& cookie : cookies_) {
        if (is_expired(cookie, now)) continue;
        auto seconds =
            cookie.expires
                ? std::chrono::duration_cast<std::chrono::seconds>(cookie.expires->time_since_epoch()).count()
                : 0;
        if (cookie.http_only) text += "#HttpOnly_";
        if (!cookie.host_only) text += '.';
        text.append(cookie.domain).append(cookie.host_only ? "\tFALSE\t" : "\tTRUE\t").append(cookie.path);
        text.append(cookie.secure ? "\tTRUE\t" : "\tFALSE\t").append(std::to_string(seconds)).append(1, '\t');
        text.append(cookie.name).append(1, '\t').append(cookie.value).append(1, '\n');
    }
    return text;
}

void CookieJar::add_netscape(std::string_view text, Time now) {
    std::size_t number = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        Cookie cookie;
        cookie.http_only = line.starts_with("#HttpOnly_");
        if (cookie.http_only) line.remove_prefix(10);
        if (trimmed(line).empty() || line.starts_with('#')) continue;
        std::vector<std::string_view> fields;
        for (std::string_view rest = line;;) {
            std::size_t tab = rest.find('\t');
            fields.push_back(rest.substr(0, tab));
            if (tab == std::string_view::npos) break;
            rest.remove_prefix(tab + 1);
        }
        if (fields.size() == 6) fields.emplace_back(); // an empty value
        if (fields.size() != 7) raise_bad_line(number, "has not seven fields with tabs between them");
        std::string_view domain = fields[0];
        cookie.host_only = !equal_ignoring_case(fields[1], "TRUE");
        if (domain.starts_with('.')) domain.remove_prefix(1);
        cookie.domain = lower_case(domain);
        cookie.path = fields[2];
        cookie.secure = equal_ignoring_case(fields[3], "TRUE");
        long long seconds = 0;
        auto [end, error] = std::from_chars(fields[4].data(), fields[4].data() + fields[4].size(), seconds);
        if (error != std::errc() || end != fields[4].data() + fields[4].size())
            raise_bad_line(number, "has an expiry that is no number");
        constexpr long long latest = 7'000'000'000; // within a clock of nanoseconds
        if (seconds != 0) cookie.expires = Time(std::chrono::seconds(std::clamp<long long>(seconds, 1, latest)));
        cookie.name = fields[5];
        cookie.value = fields[6];
        cookie.created = cookie.last_used = now;
        if (cookie.domain.empty() || !cookie.path.starts_with('/') || !consists_of(line, text_characters))
            raise_bad_line(number, "has a domain or a path that is none");
        put(std::move(cookie), now);
    }
}

} // namespace corduroy::http
