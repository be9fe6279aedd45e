#pragma once

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/request_builder.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace corduroy::http {

// A client of its own: settings, and a pool of connections that its requests share.
// `auto api = http::Client().base_url("https://api.test/v1/").header("accept", "application/json").bearer(token);`
//
// It is used from one reactor at a time, from the first request until that reactor's main has ended, which closes its
// idle connections; it may be made before and outlive it, and be used from another one then. A request from a second
// reactor meanwhile is an Error. While requests are under way it is destroyed within the reactor; they keep what they
// need of it. A pool's idle connections never keep a reactor alive. (treq's HTTPClient, Twisted's Agent.)
class Client {
public:
    Client();
    explicit Client(ClientSettings settings);
    Client(Client&&) noexcept = default;
    Client& operator=(Client&&) noexcept = default;
    ~Client();

    // To be called before it is used; all of them set what ClientSettings tells of. What cannot be sent is an
    // http::Error at once, and a base that is no URL an UnsupportedUrl. A base's own user and password become the
    // Authorization.
    Client& base_url(std::string_view url) &;
    Client& header(std::string_view name, std::string_view value) &;
    Client& auth_basic(std::string_view user, std::string_view password) &;
    Client& bearer(std::string_view token) &;
    Client& timeout(Duration bound) & noexcept;
    Client& redirects(unsigned count) & noexcept;
    Client& trace(Trace trace) &;
    Client& auth_digest(std::string_view user, std::string_view password) &;
    Client& cookies(std::shared_ptr<CookieJar> jar) &;
    Client& use(Middleware middleware) &;
    Client& proxy(std::string_view proxy) &;
    Client& proxy(ProxySettings proxies) & noexcept;
    Client& proxy_from_environment() &;
    Client& retry(RetryPolicy policy) &;
    // So many requests in each `per` to one host, that many at once after a pause.
    Client& rate_limit(std::size_t count, Duration per) & noexcept;
    Client&& base_url(std::string_view url) && { return std::move(base_url(url)); }
    Client&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
    Client&& auth_basic(std::string_view user, std::string_view password) && {
        return std::move(auth_basic(user, password));
    }
    Client&& bearer(std::string_view token) && { return std::move(bearer(token)); }
    Client&& timeout(Duration bound) && noexcept { return std::move(timeout(bound)); }
    Client&& redirects(unsigned count) && noexcept { return std::move(redirects(count)); }
    Client&& proxy(std::string_view proxy_text) && { return std::move(proxy(proxy_text)); }
    Client&& proxy(ProxySettings proxies) && noexcept { return std::move(proxy(std::move(proxies))); }
    Client&& proxy_from_environment() && { return std::move(proxy_from_environment()); }
    Client&& retry(RetryPolicy policy) && { return std::move(retry(std::move(policy))); }
    Client&& rate_limit(std::size_t count, Duration per) && noexcept { return std::move(rate_limit(count, per)); }
    Client&& trace(Trace trace) && { return std::move(this->trace(std::move(trace))); }

    Client&& auth_digest(std::string_view user, std::string_view password) && {
        return std::move(auth_digest(user, password));
    }
    Client&& cookies(std::shared_ptr<CookieJar> jar) && { return std::move(cookies(std::move(jar))); }
    Client&& use(Middleware middleware) && { return std::move(use(std::move(middleware))); }

    RequestBuilder get(std::string_view url) const { return request("GET", url); }
    // A URL that is asked for again and again is parsed once.
    RequestBuilder get(Url url) const { return request("GET", std::move(url)); }
    RequestBuilder head(std::string_view url) const { return request("HEAD", url); }
    RequestBuilder post(std::string_view url) const { return request("POST", url); }
    RequestBuilder put(std::string_view url) const { return request("PUT", url); }
    RequestBuilder patch(std::string_view url) const { return request("PATCH", url); }
    RequestBuilder delete_(std::string_view url) const { return request("DELETE", url); }
    // With any method; its name is case-sensitive.
    RequestBuilder request(std::string_view method, std::string_view url) const;
    RequestBuilder request(std::string_view method, Url url) const;

    const ClientSettings& settings() const noexcept;
    // The client's cookies; an Error where it keeps none.
    CookieJar& cookie_jar() const;

    // The connections open now, and those of them that are idle.
    std::size_t connections() const noexcept;
    std::size_t idle_connections() const noexcept;

private:
    std::shared_ptr<ClientCore> core_;
};

// Requests by the reactor's default client, which is made when the first is awaited.
RequestBuilder get(std::string_view url);
RequestBuilder get(Url url);
RequestBuilder head(std::string_view url);
RequestBuilder post(std::string_view url);
RequestBuilder put(std::string_view url);
RequestBuilder patch(std::string_view url);
RequestBuilder delete_(std::string_view url);
RequestBuilder request(std::string_view method, std::string_view url);
RequestBuilder request(std::string_view method, Url url);

} // namespace corduroy::http
