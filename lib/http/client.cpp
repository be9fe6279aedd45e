#include <corduroy/http/client.hpp>

#include "http/exchange.hpp"
#include "http/redirect.hpp"

#include <corduroy/async/timeout.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy::http {

namespace {

Task<Response> send(std::unique_ptr<RequestPlan> owned) {
    RequestPlan& plan = *owned;
    if (!plan.client) plan.client = default_client();
    ClientCore& core = *plan.client;
    unsigned limit = plan.redirects.value_or(core.settings().redirects);
    plan.redirects = limit;
    std::vector<Response::Hop> history;
    Url url = Url::parse(plan.url);
    if (url.has_userinfo()) url = url.without_userinfo();
    for (;;) {
        Response response = co_await exchange(core, plan, url);
        std::optional<Url> target;
        if (limit != 0) target = redirect_target(response, plan, url);
        if (!target) {
            response.set_origin(std::move(url), std::move(history));
            co_return response;
        }
        if (history.size() == limit) {
            std::string address = url.redacted();
            throw RedirectError({.method = plan.method, .url = address, .phase = Phase::head},
                                "it redirects for the " + std::to_string(limit + 1) + ". time; the limit is " +
                                    std::to_string(limit));
        }
        follow(plan, response.status(), url, *target);
        history.push_back({std::move(url), response.status()});
        url = std::move(*target);
        if (url.has_userinfo()) url = url.without_userinfo();
    }
}

Task<Response> send_within(Duration bound, std::unique_ptr<RequestPlan> plan) {
    plan->deadline = Reactor::current().now() + bound;
    Task<Response> sending = send(std::move(plan));
    co_return co_await timeout(bound, std::move(sending));
}

} // namespace

Client::Client(ClientSettings settings) : core_(std::make_shared<ClientCore>(std::move(settings))) {}

Client::~Client() {
    if (core_) core_->pool().close();
}

RequestBuilder Client::request(std::string_view method, std::string_view url) const {
    return RequestBuilder(core_, method, url);
}

const ClientSettings& Client::settings() const noexcept { return core_->settings(); }

std::size_t Client::connections() const noexcept { return core_->pool().open(); }

std::size_t Client::idle_connections() const noexcept { return core_->pool().idle(); }

RequestBuilder get(std::string_view url) { return request("GET", url); }
RequestBuilder head(std::string_view url) { return request("HEAD", url); }
RequestBuilder post(std::string_view url) { return request("POST", url); }
RequestBuilder put(std::string_view url) { return request("PUT", url); }
RequestBuilder delete_(std::string_view url) { return request("DELETE", url); }
RequestBuilder request(std::string_view method, std::string_view url) { return RequestBuilder(nullptr, method, url); }

RequestBuilder::RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, std::string_view url)
    : plan_(std::make_unique<RequestPlan>()) {
    plan_->client = std::move(client);
    plan_->method = method;
    plan_->url = url;
}

RequestBuilder::RequestBuilder(RequestBuilder&&) noexcept = default;
RequestBuilder& RequestBuilder::operator=(RequestBuilder&&) noexcept = default;
RequestBuilder::~RequestBuilder() = default;

RequestBuilder&& RequestBuilder::header(std::string_view name, std::string_view value) && {
    plan_->headers.add(name, value);
    return std::move(*this);
}

RequestBuilder&& RequestBuilder::body(std::string bytes, std::string_view content_type) && {
    plan_->body = std::move(bytes);
    if (!plan_->headers.contains("content-type") && !content_type.empty())
        plan_->headers.add("content-type", content_type);
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

RequestBuilder&& RequestBuilder::redirects(unsigned count) && {
    plan_->redirects = count;
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

Task<Response> RequestBuilder::into_task() && {
    if (!plan_->timeout && plan_->client) plan_->timeout = plan_->client->settings().timeout;
    std::optional<Duration> bound = plan_->timeout;
    if (bound) return send_within(*bound, std::move(plan_));
    return send(std::move(plan_));
}

} // namespace corduroy::http
