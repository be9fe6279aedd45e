#include <corduroy/http/client.hpp>

#include "http/auth/digest.hpp"
#include "http/client_core.hpp"
#include "http/credentials.hpp"
#include "http/preparation.hpp"

#include <utility>

namespace corduroy::http {

// No default argument: in a coroutine GCC 12 destroys one whose construction threw.
Client::Client() : Client(ClientSettings()) {}

Client::Client(ClientSettings settings) {
    if (!settings.cookies && settings.keep_cookies) settings.cookies = std::make_shared<CookieJar>();
    core_ = std::make_shared<ClientCore>(std::move(settings));
}

Client::~Client() {
    if (core_) core_->pool().close();
}

Client& Client::base_url(std::string_view url) & {
    require_one_line(url);
    Url base = Url::parse(url);
    ClientSettings& settings = core_->settings();
    if (base.has_userinfo()) {
        settings.authorization = credentials_of(base);
        base = base.without_userinfo();
    }
    settings.base_url = std::move(base);
    return *this;
}

Client& Client::header(std::string_view name, std::string_view value) & {
    core_->settings().headers.add(name, value);
    return *this;
}

Client& Client::auth_basic(std::string_view user, std::string_view password) & {
    core_->settings().authorization = basic_credentials(user, password);
    return *this;
}

Client& Client::bearer(std::string_view token) & {
    core_->settings().authorization = bearer_credentials(token);
    return *this;
}

Client& Client::timeout(Duration bound) & noexcept {
    core_->settings().timeout = bound;
    return *this;
}

Client& Client::redirects(unsigned count) & noexcept {
    core_->settings().redirects = count;
    return *this;
}

Client& Client::trace(Trace trace) & {
    core_->settings().trace = std::move(trace);
    return *this;
}

Client& Client::auth_digest(std::string_view user, std::string_view password) & {
    require_digest(user, password);
    core_->settings().digest_user = user;
    core_->settings().digest_password = password;
    return *this;
}

Client& Client::cookies(std::shared_ptr<CookieJar> jar) & {
    core_->settings().cookies = std::move(jar);
    return *this;
}

Client& Client::use(Middleware middleware) & {
    core_->settings().middleware.push_back(std::move(middleware));
    return *this;
}

CookieJar& Client::cookie_jar() const {
    if (!core_->settings().cookies) throw corduroy::Error("this http::Client keeps no cookies");
    return *core_->settings().cookies;
}

Client& Client::proxy(std::string_view proxy) & { return this->proxy(ProxySettings(proxy)); }

Client& Client::proxy(ProxySettings proxies) & noexcept {
    core_->settings().proxies = std::move(proxies);
    return *this;
}

Client& Client::proxy_from_environment() & { return proxy(ProxySettings::from_environment()); }

Client& Client::retry(RetryPolicy policy) & {
    core_->settings().retry = std::make_shared<const RetryPolicy>(std::move(policy));
    return *this;
}

Client& Client::rate_limit(std::size_t count, Duration per) & noexcept {
    core_->settings().rate_limit = {count, per, count};
    return *this;
}

RequestBuilder Client::request(std::string_view method, std::string_view url) const {
    return RequestBuilder(core_, method, url);
}

RequestBuilder Client::request(std::string_view method, Url url) const {
    return RequestBuilder(core_, method, std::move(url));
}

const ClientSettings& Client::settings() const noexcept { return core_->settings(); }

std::size_t Client::connections() const noexcept { return core_->pool().open(); }

std::size_t Client::idle_connections() const noexcept { return core_->pool().idle(); }

RequestBuilder get(std::string_view url) { return request("GET", url); }
RequestBuilder get(Url url) { return request("GET", std::move(url)); }
RequestBuilder head(std::string_view url) { return request("HEAD", url); }
RequestBuilder post(std::string_view url) { return request("POST", url); }
RequestBuilder put(std::string_view url) { return request("PUT", url); }
RequestBuilder patch(std::string_view url) { return request("PATCH", url); }
RequestBuilder delete_(std::string_view url) { return request("DELETE", url); }
RequestBuilder request(std::string_view method, std::string_view url) { return RequestBuilder(nullptr, method, url); }
RequestBuilder request(std::string_view method, Url url) { return RequestBuilder(nullptr, method, std::move(url)); }

} // namespace corduroy::http
