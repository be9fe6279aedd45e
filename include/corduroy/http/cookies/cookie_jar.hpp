#pragma once

#include <corduroy/http/cookies/cookie.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/url.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// How much a jar takes; what comes beyond is refused, or has older ones go (RFC 6265bis section 5.6).
struct CookieLimits {
    // Name and value together; a larger one is ignored.
    std::size_t bytes = 4096;
    // Of one domain, and in all. Where there are more the expired ones go, then those that are not Secure, of them
    // those unused for longest, and then the others.
    std::size_t per_domain = 180;
    std::size_t cookies = 3000;
};

// Cookies by RFC 6265bis: domains, paths, expiry, Secure, the prefixes __Host- and __Secure-, and no cookie for a
// public suffix, such as "co.uk" (by libpsl; without it no cookie for a domain of one label). It knows no clock:
// whoever asks says when it is, and a client says what its kernel's wall clock says. Requests are the program's own,
// never another site's, so SameSite refuses nothing here. Used by one reactor at a time.
class CookieJar {
public:
    using Time = Cookie::Time;

    explicit CookieJar(const CookieLimits& limits = {}) noexcept : limits_(limits) {}

    // Takes what an answer from `from` sets: the value of one Set-Cookie, or all of its head's. Says whether a cookie
    // was taken (or removed, by an expiry that has passed): what is not to be taken is ignored, as the RFC has it.
    bool set(const Url& from, std::string_view set_cookie, Time now);
    void set_all(const Url& from, const Headers& headers, Time now);
    // Puts one in, whatever it is, in place of one of the same name, domain and path; where the jar is full of Secure
    // ones another kind finds no room. An http::Error where name, value, domain or path holds what a Cookie header or a
    // file cannot say.
    void add(Cookie cookie);

    // The value of the Cookie header for a request to `to`: "a=1; b=2", longer paths first, then older ones; empty
    // where there is none.
    std::string header_for(const Url& to, Time now);

    // All that are not expired, in the order in which they came.
    std::vector<Cookie> cookies(Time now) const;
    std::size_t size() const noexcept { return cookies_.size(); }
    bool empty() const noexcept { return cookies_.empty(); }
    void clear() noexcept { cookies_.clear(); }
    // Removes the cookies of a domain, those of its subdomains not included; says how many.
    std::size_t remove(std::string_view domain);
    // Removes those that end with the session.
    void end_session();

    // The cookies as a Netscape file, which curl, wget and browsers' tools read and write: one line each, with the
    // domain, whether subdomains get it, path, whether it is secure, expiry (0: the session's), name and value, tabs
    // between them; #HttpOnly_ before the domain says so. What is expired is left out.
    std::string netscape_text(Time now) const;
    // Adds those of such a file. A line that is none is an http::Error that names its number and what is wrong.
    void add_netscape(std::string_view text, Time now);

private:
    bool put(Cookie cookie, Time now);
    bool make_room(const std::string& domain, Time now);
    void drop_expired(Time now);

    CookieLimits limits_;
    std::vector<Cookie> cookies_;
};

} // namespace corduroy::http
