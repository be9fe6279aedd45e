#include <corduroy/http/request_builder.hpp>

#include "http/auth/digest.hpp"
#include "http/client_core.hpp"
#include "http/cookies/cookie_text.hpp"
#include "http/credentials.hpp"
#include "http/field_text.hpp"
#include "http/files/file_pieces.hpp"
#include "http/generated_body.hpp"
#include "http/multipart.hpp"
#include "http/sending.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/proxy/proxy_settings.hpp>
#include <corduroy/http/retry/retry_policy.hpp>
#include <corduroy/http/url.hpp>
#include <corduroy/os/file.hpp>

#include <algorithm>
#include <utility>

namespace corduroy::http {

namespace {

void append_pair(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    out.append(percent_encode(name)).append(1, '=').append(percent_encode(value));
}

} // namespace

RequestPlan::RequestPlan() = default;
RequestPlan::RequestPlan(const RequestPlan&) = default;
RequestPlan::~RequestPlan() = default;

RequestBuilder::RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, std::string_view url)
    : plan_(std::make_unique<RequestPlan>()) {
    plan_->client = std::move(client);
    plan_->method = method;
    plan_->url = url;
}

RequestBuilder::RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, Url url)
    : plan_(std::make_unique<RequestPlan>()) {
    plan_->client = std::move(client);
    plan_->method = method;
    plan_->parsed_url = std::move(url);
}

RequestBuilder::RequestBuilder(std::unique_ptr<RequestPlan> plan) noexcept : plan_(std::move(plan)) {}
RequestBuilder::RequestBuilder(RequestBuilder&&) noexcept = default;
RequestBuilder& RequestBuilder::operator=(RequestBuilder&&) noexcept = default;
RequestBuilder::~RequestBuilder() = default;

RequestBuilder&& RequestBuilder::query(std::string_view name, std::string_view value) && {
    append_pair(plan_->query, name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::header(std::string_view name, std::string_view value) && {
    plan_->headers.add(name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::set_header(std::string_view name, std::string_view value) && {
    plan_->headers.set(name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::without_header(std::string_view name) && {
    plan_->headers.remove(name);
    plan_->without.emplace_back(name);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::auth_basic(std::string_view user, std::string_view password) && {
    plan_->headers.set("authorization", basic_credentials(user, password));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::bearer(std::string_view token) && {
    plan_->headers.set("authorization", bearer_credentials(token));
    return std::move(*this);
}

void RequestBuilder::choose(RequestPlan::BodyKind kind) {
    if (plan_->body_kind != RequestPlan::BodyKind::none && plan_->body_kind != kind)
        throw Error({{}, {}, Phase::send},
                    "a request has one body: bytes, a generator, a form or a multipart form, and not two of them");
    plan_->body_kind = kind;
}

void RequestBuilder::default_content_type(std::string_view content_type) {
    require_valid_field("content-type", content_type);
    plan_->body_type = content_type;
}

RequestBuilder&& RequestBuilder::body(std::string bytes, std::string_view content_type) && {
    choose(RequestPlan::BodyKind::whole);
    default_content_type(content_type);
    plan_->body = std::move(bytes);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body(AsyncGenerator<std::string> pieces, std::optional<std::uint64_t> size,
                                      std::string_view content_type) && {
    choose(RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    plan_->generated = std::make_shared<GeneratedBody>();
    plan_->generated->pieces.emplace(std::move(pieces));
    plan_->generated->size = size;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_of(UniqueFunction<AsyncGenerator<std::string>()> make,
                                         std::optional<std::uint64_t> size, std::string_view content_type) && {
    choose(RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    plan_->generated = std::make_shared<GeneratedBody>();
    plan_->generated->make = std::make_shared<GeneratedBody::Make>(std::move(make));
    plan_->generated->size = size;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_file(std::string path, std::string_view content_type) && {
    choose(RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    plan_->generated = std::make_shared<GeneratedBody>();
    plan_->generated->measure = std::make_shared<GeneratedBody::Measure>([path] { return os::file_size(path); });
    plan_->generated->make = std::make_shared<GeneratedBody::Make>([path] { return file_pieces(path); });
    plan_->generated->may_grow = true;
    return std::move(*this);
}

Multipart& RequestBuilder::multipart() {
    choose(RequestPlan::BodyKind::multipart);
    if (!plan_->multipart) plan_->multipart = std::make_shared<Multipart>();
    return *plan_->multipart;
}

RequestBuilder&& RequestBuilder::part(std::string_view name, std::string_view value) && {
    multipart().add(name, Part::of(std::string(value)));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::file_part(std::string_view name, std::string_view filename, std::string_view content,
                                           std::string_view content_type) && {
    multipart().add(name, Part::of(std::string(content)).type(content_type).filename(filename));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::part_from_file(std::string_view name, std::string path,
                                                std::string_view content_type) && {
    multipart().add(name, Part::of_file(std::move(path)).type(content_type));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::part(std::string_view name, Part part) && {
    multipart().add(name, std::move(part));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::parts(std::string_view name, std::vector<Part> parts) && {
    multipart().add(name, std::move(parts));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::form(std::string_view name, std::string_view value) && {
    choose(RequestPlan::BodyKind::form);
    default_content_type("application/x-www-form-urlencoded");
    append_pair(plan_->body, name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::json_text(std::string text) && {
    return std::move(*this).body(std::move(text), "application/json");
}

RequestBuilder&& RequestBuilder::expect_continue(Duration wait) && {
    plan_->expect_continue = wait;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::on_interim(std::function<void(const ResponseHead&)> hook) && {
    plan_->interim = std::move(hook);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::trace(Trace trace) && {
    plan_->trace = std::move(trace);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::insecure_redirects() && {
    plan_->insecure_redirects = true;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::without_decoding() && {
    plan_->decoding = false;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::auth_digest(std::string_view user, std::string_view password) && {
    require_digest(user, password);
    plan_->digest_user = user;
    plan_->digest_password = password;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::cookie(std::string_view name, std::string_view value) && {
    require_cookie(name, value);
    if (!plan_->cookies.empty()) plan_->cookies += "; ";
    plan_->cookies.append(name).append(1, '=').append(value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::timeout(Duration bound) && {
    plan_->timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::connect_timeout(Duration bound) && {
    plan_->connect_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::pool_timeout(Duration bound) && {
    plan_->pool_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::tls_timeout(Duration bound) && {
    plan_->tls_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::head_timeout(Duration bound) && {
    plan_->head_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::silence_timeout(Duration bound) && {
    plan_->silence_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::proxy(std::string_view proxy) && {
    return std::move(*this).proxy(ProxySettings(proxy));
}

RequestBuilder&& RequestBuilder::proxy(ProxySettings proxies) && {
    plan_->proxies = std::make_shared<const ProxySettings>(std::move(proxies));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::retry(RetryPolicy policy) && {
    plan_->retry = std::make_shared<const RetryPolicy>(std::move(policy));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::redirects(unsigned count) && {
    plan_->redirects = count;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::redirect_method(RedirectMethod method) && {
    plan_->redirect_methods.fill(method);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::redirect_method(int status, RedirectMethod method) && {
    if (status >= 301 && status <= 303) plan_->redirect_methods[static_cast<std::size_t>(status - 301)] = method;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::trusted_redirects() && {
    plan_->trusted_redirects = true;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::request_target(std::string_view target) && {
    auto is_wrong = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
    if (target.empty() || std::any_of(target.begin(), target.end(), is_wrong))
        throw Error({plan_->method, plan_->url, Phase::send},
                    "the request's target is empty, or holds a blank or a control character");
    plan_->target = target;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_limit(std::size_t bytes) && {
    plan_->body_limit = bytes;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::streamed() && {
    plan_->streamed = true;
    return std::move(*this);
}

RequestBuilder RequestBuilder::copy() const {
    auto plan = std::make_unique<RequestPlan>(*plan_);
    plan->generated = GeneratedBody::copy_of(plan->generated);
    if (plan->multipart) plan->multipart = std::make_shared<Multipart>(*plan->multipart);
    return RequestBuilder(std::move(plan));
}

Task<Response> RequestBuilder::into_task() && {
    if (!plan_->timeout && plan_->client) plan_->timeout = plan_->client->settings().timeout;
    std::optional<Duration> bound = plan_->timeout;
    if (bound) return send_within(*bound, std::move(plan_));
    return send(std::move(plan_));
}

} // namespace corduroy::http
