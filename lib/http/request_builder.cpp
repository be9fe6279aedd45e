#include <corduroy/http/request_builder.hpp>

#include "http/auth/digest.hpp"
#include "http/client_core.hpp"
#include "http/cookies/cookie_text.hpp"
#include "http/credentials.hpp"
#include "http/field_text.hpp"
#include "http/files/file_pieces.hpp"
#include "http/generated_body.hpp"
#include "http/multipart.hpp"
#include "http/request_plan.hpp"
#include "http/sending.hpp"
#include "http/without_secrets.hpp"

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

// Throws where the body was given as another kind.
void choose(RequestPlan& plan, RequestPlan::BodyKind kind) {
    if (plan.body_kind != RequestPlan::BodyKind::none && plan.body_kind != kind)
        throw Error({{}, {}, Phase::send},
                    "a request has one body: bytes, a generator, a form or a multipart form, and not two of them");
    plan.body_kind = kind;
}

// A body that is generated, yet to be said how.
GeneratedBody& generated(RequestPlan& plan) {
    std::shared_ptr<GeneratedBody>& body = plan.content.make().generated;
    body = std::make_shared<GeneratedBody>();
    return *body;
}

} // namespace

RequestBuilder::RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, std::string_view url)
    : plan_(new RequestPlan(std::move(client), method, url)) {}

RequestBuilder::RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, Url&& url)
    : plan_(new RequestPlan(std::move(client), method, std::move(url))) {}

void RequestBuilder::Release::operator()(RequestPlan* plan) const noexcept { delete plan; }

RequestBuilder&& RequestBuilder::query(std::string_view name, std::string_view value) && {
    append_pair(plan_->extras.make().query, name, value);
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
    plan_->extras.make().without.emplace_back(name);
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

void RequestBuilder::default_content_type(std::string_view content_type) {
    require_valid_field("content-type", content_type);
    plan_->content.make().type = content_type;
}

RequestBuilder&& RequestBuilder::body(std::string bytes, std::string_view content_type) && {
    choose(*plan_, RequestPlan::BodyKind::whole);
    default_content_type(content_type);
    plan_->content.make().body = std::move(bytes);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body(AsyncGenerator<std::string> pieces, std::optional<std::uint64_t> size,
                                      std::string_view content_type) && {
    choose(*plan_, RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    GeneratedBody& body = generated(*plan_);
    body.pieces.emplace(std::move(pieces));
    body.size = size;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_of(UniqueFunction<AsyncGenerator<std::string>()> make,
                                         std::optional<std::uint64_t> size, std::string_view content_type) && {
    choose(*plan_, RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    GeneratedBody& body = generated(*plan_);
    body.make = std::make_shared<GeneratedBody::Make>(std::move(make));
    body.size = size;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_file(std::string path, std::string_view content_type) && {
    choose(*plan_, RequestPlan::BodyKind::generated);
    default_content_type(content_type);
    GeneratedBody& body = generated(*plan_);
    body.measure = std::make_shared<GeneratedBody::Measure>([path] { return os::file_size(path); });
    body.make = std::make_shared<GeneratedBody::Make>([path] { return file_pieces(path); });
    body.may_grow = true;
    return std::move(*this);
}

Multipart& RequestBuilder::multipart() {
    choose(*plan_, RequestPlan::BodyKind::multipart);
    std::shared_ptr<Multipart>& form = plan_->content.make().multipart;
    if (!form) form = std::make_shared<Multipart>();
    return *form;
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
    choose(*plan_, RequestPlan::BodyKind::form);
    default_content_type("application/x-www-form-urlencoded");
    append_pair(plan_->content.make().body, name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::json_text(std::string text) && {
    return std::move(*this).body(std::move(text), "application/json");
}

RequestBuilder&& RequestBuilder::expect_continue(Duration wait) && {
    plan_->bounds.make().expect_continue = wait;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::on_interim(std::function<void(const ResponseHead&)> hook) && {
    plan_->extras.make().interim = std::move(hook);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::trace(Trace trace) && {
    plan_->extras.make().trace = std::move(trace);
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
    plan_->extras.make().digest_user = user;
    plan_->extras.make().digest_password = password;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::cookie(std::string_view name, std::string_view value) && {
    require_cookie(name, value);
    std::string& cookies = plan_->extras.make().cookies;
    if (!cookies.empty()) cookies += "; ";
    cookies.append(name).append(1, '=').append(value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::timeout(Duration bound) && {
    plan_->bounds.make().timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::connect_timeout(Duration bound) && {
    plan_->bounds.make().connect_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::pool_timeout(Duration bound) && {
    plan_->bounds.make().pool_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::tls_timeout(Duration bound) && {
    plan_->bounds.make().tls_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::head_timeout(Duration bound) && {
    plan_->bounds.make().head_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::silence_timeout(Duration bound) && {
    plan_->bounds.make().silence_timeout = bound;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::proxy(std::string_view proxy) && {
    return std::move(*this).proxy(ProxySettings(proxy));
}

RequestBuilder&& RequestBuilder::proxy(ProxySettings proxies) && {
    plan_->extras.make().proxies = std::make_shared<const ProxySettings>(std::move(proxies));
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::retry(RetryPolicy policy) && {
    plan_->extras.make().retry = std::make_shared<const RetryPolicy>(std::move(policy));
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
        throw Error({plan_->method, without_secrets(plan_->address.given_text()), Phase::send},
                    "the request's target is empty, or holds a blank or a control character");
    plan_->extras.make().target = target;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body_limit(std::size_t bytes) && {
    plan_->bounds.make().body_limit = bytes;
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::streamed() && {
    plan_->streamed = true;
    return std::move(*this);
}

RequestBuilder RequestBuilder::copy() const {
    Plan plan(new RequestPlan(*plan_));
    if (RequestPlan::Content* content = plan->content.own()) {
        content->generated = GeneratedBody::copy_of(content->generated);
        if (content->multipart) content->multipart = std::make_shared<Multipart>(*content->multipart);
    }
    return RequestBuilder(std::move(plan));
}

Task<Response> RequestBuilder::into_task() && {
    std::unique_ptr<RequestPlan> plan(plan_.release());
    if (!plan->bounds->timeout && plan->client && plan->client->settings().timeout)
        plan->bounds.make().timeout = plan->client->settings().timeout;
    std::optional<Duration> bound = plan->bounds->timeout;
    if (bound) return send_within(*bound, std::move(plan));
    return send(std::move(plan));
}

} // namespace corduroy::http
