#include "http/preparation.hpp"

#include "http/credentials.hpp"
#include "http/field_text.hpp"
#include "http/generated_body.hpp"
#include "http/multipart.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>

#include <memory>
#include <utility>

namespace corduroy::http {

namespace {

void require_method(std::string_view method) {
    if (is_valid_method(method)) return;
    std::string shown;
    for (char c : method.substr(0, 40)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    throw Error({{}, {}, Phase::send}, "the method \"" + shown + "\" is not a token of letters and digits");
}

void add_defaults(RequestPlan& plan, const Headers& defaults) {
    Headers added;
    for (auto [name, value] : defaults)
        if (takes_default(plan, name)) added.add(name, value);
    for (auto [name, value] : added) plan.headers.add(name, value);
}

Url url_of(RequestPlan& plan, const ClientSettings& settings) {
    if (plan.parsed_url) return *std::move(plan.parsed_url);
    require_one_line(plan.url);
    return settings.base_url ? settings.base_url->join(plan.url) : Url::parse(plan.url);
}

} // namespace

void require_one_line(std::string_view url) {
    std::size_t at = url.find_first_of(std::string_view("\r\n\0", 3));
    if (at != std::string_view::npos)
        throw InvalidUrl(url, "it holds the character " + hexadecimal(url[at]) + ", which no URL may hold");
}

bool takes_default(const RequestPlan& plan, std::string_view name) noexcept {
    if (plan.headers.contains(name)) return false;
    for (const std::string& each : plan.without)
        if (equal_ignoring_case(each, name)) return false;
    return true;
}

std::string credentials_of(const Url& url) {
    if (!url.has_userinfo()) return {};
    return basic_credentials(percent_decode(url.username()), percent_decode(url.password()));
}

Url prepare(RequestPlan& plan, const ClientSettings& settings) {
    require_method(plan.method);
    Url url = url_of(plan, settings);
    if (!plan.query.empty()) url = url.with_added_query(plan.query);
    if (!settings.headers.empty()) add_defaults(plan, settings.headers);

    if (plan.multipart) {
        std::string boundary = Multipart::make_boundary();
        if (plan.multipart->in_memory()) {
            plan.body = plan.multipart->text(boundary);
        } else {
            plan.generated = std::make_shared<GeneratedBody>();
            auto measure = [parts = plan.multipart, boundary] { return parts->size(boundary); };
            auto make = [parts = plan.multipart, boundary] { return parts->pieces(boundary); };
            plan.generated->measure = std::make_shared<GeneratedBody::Measure>(std::move(measure));
            plan.generated->make = std::make_shared<GeneratedBody::Make>(std::move(make));
        }
        plan.multipart.reset();
        std::string type(plan.headers.get("content-type").value_or("multipart/form-data"));
        if (plan.headers.contains("content-type") || takes_default(plan, "content-type"))
            plan.headers.set("content-type", type + "; boundary=" + boundary);
    }
    if (plan.generated && plan.generated->measure) plan.generated->size = (*plan.generated->measure)();

    if (takes_default(plan, "authorization")) {
        bool is_for_it = !settings.base_url || settings.base_url->same_origin(url);
        std::string authorization = credentials_of(url);
        if (authorization.empty() && is_for_it) authorization = settings.authorization;
        if (!authorization.empty()) plan.headers.add("authorization", authorization);
    }
    if (url.has_userinfo()) url = url.without_userinfo();
    return url;
}

} // namespace corduroy::http
