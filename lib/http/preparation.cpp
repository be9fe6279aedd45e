#include "http/preparation.hpp"

#include "http/credentials.hpp"
#include "http/field_text.hpp"
#include "http/generated_body.hpp"
#include "http/multipart.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

void parse_address(RequestPlan& plan, const ClientSettings& settings) {
    if (plan.address.parsed()) return;
    require_one_line(plan.address.text());
    plan.address.parse(settings.base_url ? &*settings.base_url : nullptr);
}

void make_content(RequestPlan& plan, RequestPlan::Content& content) {
    if (content.multipart) {
        std::string boundary = Multipart::make_boundary();
        if (content.multipart->in_memory()) {
            content.body = content.multipart->text(boundary);
        } else {
            content.generated = std::make_shared<GeneratedBody>();
            auto measure = [parts = content.multipart, boundary] { return parts->size(boundary); };
            auto make = [parts = content.multipart, boundary] { return parts->pieces(boundary); };
            content.generated->measure = std::make_shared<GeneratedBody::Measure>(std::move(measure));
            content.generated->make = std::make_shared<GeneratedBody::Make>(std::move(make));
        }
        content.multipart.reset();
        std::string type(plan.headers.get("content-type").value_or("multipart/form-data"));
        if (plan.headers.contains("content-type") || takes_default(plan, "content-type"))
            plan.headers.set("content-type", type + "; boundary=" + boundary);
    }
    if (content.generated && content.generated->measure) content.generated->size = (*content.generated->measure)();
}

void authorize(RequestPlan& plan, Url& url, const ClientSettings& settings) {
    if (takes_default(plan, "authorization")) {
        bool is_for_it = !settings.base_url || settings.base_url->same_origin(url);
        std::string authorization = credentials_of(url);
        if (authorization.empty() && is_for_it) authorization = settings.authorization;
        if (!authorization.empty()) plan.headers.add("authorization", authorization);
    }
    if (url.has_userinfo()) url = url.without_userinfo();
}

} // namespace

void require_one_line(std::string_view url) {
    std::size_t at = url.find_first_of(std::string_view("\r\n\0", 3));
    if (at != std::string_view::npos)
        throw InvalidUrl(url, "it holds the character " + hexadecimal(url[at]) + ", which no URL may hold");
}

bool does_without(const RequestPlan& plan, std::string_view name) noexcept {
    const std::vector<std::string>& without = plan.extras->without;
    return std::any_of(without.begin(), without.end(), [&](auto& each) { return equal_ignoring_case(each, name); });
}

bool takes_default_beside_own(const RequestPlan& plan, std::string_view name) noexcept {
    return !plan.headers.contains(name) && !does_without(plan, name);
}

std::string credentials_of(const Url& url) {
    if (!url.has_userinfo()) return {};
    return basic_credentials(percent_decode(url.username()), percent_decode(url.password()));
}

void prepare(RequestPlan& plan, const ClientSettings& settings) {
    require_method(plan.method);
    parse_address(plan, settings);
    Url& url = plan.address.url();
    if (const std::string& query = plan.extras->query; !query.empty()) url = url.with_added_query(query);
    if (!settings.headers.empty()) add_defaults(plan, settings.headers);
    if (RequestPlan::Content* content = plan.content.own()) make_content(plan, *content);

    if (url.has_userinfo() || !settings.authorization.empty()) authorize(plan, url, settings);
}

} // namespace corduroy::http
