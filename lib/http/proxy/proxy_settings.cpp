#include <corduroy/http/proxy/proxy_settings.hpp>

#include "http/proxy/no_proxy.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/url.hpp>

#include <cstdlib>
#include <initializer_list>

namespace corduroy::http {

namespace {

struct Variable {
    const char* name = nullptr;
    std::string value; // empty: none of them is set
};

// The first of these that says something.
Variable look_up(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return {name, value};
    }
    return {};
}

std::optional<Proxy> proxy_of(const Variable& variable) {
    if (variable.value.empty()) return std::nullopt;
    try {
        return Proxy::parse(variable.value);
    } catch (const ProxyError& error) {
        throw ProxyError({{}, {}, Phase::connect}, error.proxy(),
                         error.reason() + " (the environment's " + variable.name + ")");
    }
}

} // namespace

ProxySettings::ProxySettings(std::string_view proxy) : ProxySettings(Proxy::parse(proxy)) {}
ProxySettings::ProxySettings(const Proxy& proxy) : http_(proxy), https_(proxy) {}

ProxySettings ProxySettings::from_environment() {
    ProxySettings settings;
    settings.http_ = proxy_of(look_up({"http_proxy", "all_proxy", "ALL_PROXY"}));
    settings.https_ = proxy_of(look_up({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
    settings.excepted_ = exceptions_of_environment();
    return settings;
}

std::string ProxySettings::exceptions_of_environment() { return look_up({"no_proxy", "NO_PROXY"}).value; }

ProxySettings& ProxySettings::http(std::string_view proxy) & {
    http_ = Proxy::parse(proxy);
    return *this;
}

ProxySettings& ProxySettings::https(std::string_view proxy) & {
    https_ = Proxy::parse(proxy);
    return *this;
}

ProxySettings& ProxySettings::through(const Proxy& socks) & {
    for (std::optional<Proxy>* proxy : {&http_, &https_}) {
        if (*proxy)
            (*proxy)->through(socks);
        else
            *proxy = socks;
    }
    return *this;
}

ProxySettings& ProxySettings::except(std::string_view hosts) & {
    if (!excepted_.empty()) excepted_ += ',';
    excepted_ += hosts;
    return *this;
}

ProxySettings& ProxySettings::except_only(std::string_view hosts) & {
    excepted_ = hosts;
    return *this;
}

const Proxy* ProxySettings::find(const Url& url) const {
    const std::optional<Proxy>& proxy = url.is_secure() ? https_ : http_;
    if (!proxy || is_excepted(excepted_, url.host(), url.port())) return nullptr;
    return &*proxy;
}

} // namespace corduroy::http
