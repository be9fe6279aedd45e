#include "http/sending.hpp"

#include "http/auth/digest_keeping.hpp"
#include "http/content/codings.hpp"
#include "http/content/decoding_reader.hpp"
#include "http/cookies/cookie_keeping.hpp"
#include "http/exchange.hpp"
#include "http/preparation.hpp"
#include "http/redirect.hpp"
#include "http/retry/retrying.hpp"
#include "http/tracing.hpp"

#include <corduroy/async/timeout.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corduroy::http {

namespace {

void start(RequestPlan& plan) {
    if (!plan.client) plan.client = default_client();
    plan.client->use();
    plan.begun = Reactor::current().now();
    if (!plan.content->type.empty() && takes_default(plan, "content-type") &&
        !plan.client->settings().headers.contains("content-type"))
        plan.headers.add("content-type", plan.content->type);
}

// Through the client's middleware.
Task<Response> send_through(std::unique_ptr<RequestPlan> plan) {
    OutgoingRequest request(*plan);
    Next first(*plan->client, 0);
    co_return co_await first(request);
}

DecodingBounds bounds_of(const RequestPlan& plan, const ClientSettings& settings) {
    DecodingBounds bounds;
    bounds.ratio = settings.decoding.ratio;
    bounds.ratio_from = settings.decoding.ratio_from;
    bounds.codings = settings.decoding.codings;
    if (plan.streamed) return bounds;
    bounds.encoded = plan.bounds->body_limit.value_or(settings.body_limit);
    bounds.decoded = plan.bounds->body_limit.value_or(settings.decoding.bytes);
    return bounds;
}

// The request's trace and its client's in one, for what outlives the request; empty where there is neither.
Trace trace_of(const RequestPlan& plan) {
    if (!plan.extras->trace && !plan.client->settings().trace) return nullptr;
    return [client = plan.client, own = plan.extras->trace](const TraceEvent& event) {
        if (own) own(event);
        if (client->settings().trace) client->settings().trace(event);
    };
}

bool has_body(const RequestPlan& plan, const Response& response) {
    return plan.method != "HEAD" && status_has_body(response.status()) &&
           response.headers().get("content-length") != "0";
}

// Has the body decoded as it is read; of a part of something (206) nothing can be made.
void decode(Response& response, const RequestPlan& plan, const Url& url, const ClientSettings& settings) {
    if (response.status() == 206 || !decodes(plan, settings) || !is_encoded(response.headers())) return;
    if (!has_body(plan, response)) return;
    try {
        ContentDecoding decoding(codings_of(response.headers()), bounds_of(plan, settings));
        response.set_reader(std::make_unique<DecodingReader>(response.take_reader(), std::move(decoding), plan.method,
                                                             url.href(), response.status(), trace_of(plan)));
    } catch (const Error&) {
        try {
            rethrow_in_context(std::current_exception(), {plan.method, url.href(), Phase::body});
        } catch (const Error& error) {
            Tracing(*plan.client, plan, url).tell(TraceStep::failed, response.status(), 0, error.what());
            throw;
        }
    }
}

[[noreturn]] void raise_too_many(const RequestPlan& plan, const Url& url, unsigned limit) {
    std::string address = url.redacted();
    throw RedirectError({.method = plan.method, .url = address, .phase = Phase::head},
                        "it redirects more often than the limit, " + std::to_string(limit) +
                            (limit == 1 ? " time" : " times"));
}

using History = std::vector<Response::Hop>;

// Whether the answer is a redirect to be followed; then the plan is that of the request to the next place.
[[gnu::noinline]] bool leads_on(ClientCore& core, RequestPlan& plan, Response& response,
                                std::unique_ptr<History>& history) {
    unsigned limit = *plan.redirects;
    if (limit == 0) return false;
    Url& url = plan.address.url();
    bool insecure = plan.insecure_redirects || core.settings().insecure_redirects;
    std::optional<Url> target = redirect_target(response, plan, url, insecure);
    if (!target) return false;
    if (!history) history = std::make_unique<History>();
    if (history->size() == limit) raise_too_many(plan, url, limit);
    Tracing(core, plan, url).tell(TraceStep::redirect, response.status(), 0, target->redacted());
    follow(plan, response.status(), url, *target);
    history->push_back({std::move(url), response.status(), std::move(response.head())});
    url = std::move(*target);
    if (url.has_userinfo()) url = url.without_userinfo();
    return true;
}

// One coroutine for both ways, with the plan its own or somebody else's: another one would cost each request. What
// lives in it across an await takes memory from the request's beginning to its end.
Task<Response> send_any(std::unique_ptr<RequestPlan> owned, RequestPlan* given) {
    RequestPlan& plan = owned ? *owned : *given;
    if (owned) start(plan);
    ClientCore& core = *plan.client;
    const ClientSettings& settings = core.settings();
    if (owned && !settings.middleware.empty()) co_return co_await send_through(std::move(owned));
    plan.redirects = plan.redirects.value_or(settings.redirects);
    prepare(plan, settings);
    Url& url = plan.address.url();
    std::unique_ptr<History> history;
    CookieKeeping cookies(plan, settings, url);
    DigestKeeping digest(core, plan, url);
    Response response;
    for (;;) {
        cookies.add_to(plan, url);
        digest.add_to(plan, url);
        if (!is_regulated(plan, settings)) [[likely]] {
            Exchange exchange(core, plan, url, response);
            exchange.conclude(co_await exchange.run());
        } else {
            co_await exchange_with_retries(core, plan, url, response, cookies, digest);
        }
        cookies.take_from(url, response.headers());
        if (!digest.asks_again(plan, url, response) &&
            !(is_redirect_status(response.status()) && leads_on(core, plan, response, history)))
            break;
        // Gives its place in the pool back, should it be streamed; what it says is not for the next one to answer for.
        response = Response();
    }
    if (response.streamed()) {
        if (plan.streamed)
            decode(response, plan, url, settings);
        else
            co_await read_decoded(core, plan, url, response);
    }
    response.set_origin(std::move(url), std::move(plan.method));
    response.set_begun(plan.begun);
    if (history) response.set_history(std::move(*history));
    co_return response;
}

} // namespace

Task<> read_decoded(ClientCore& core, const RequestPlan& plan, const Url& url, Response& response) {
    decode(response, plan, url, core.settings());
    response.set_begun(plan.begun);
    co_await response.read_all(std::numeric_limits<std::size_t>::max());
}

Task<Response> send(std::unique_ptr<RequestPlan> plan) { return send_any(std::move(plan), nullptr); }

Task<Response> send_plainly(RequestPlan& plan) { return send_any(nullptr, &plan); }

Task<Response> send_within(Duration bound, std::unique_ptr<RequestPlan> plan) {
    plan->bounds.make().deadline = later(Reactor::current().now(), bound);
    Task<Response> sending = send(std::move(plan));
    co_return co_await timeout(bound, std::move(sending));
}

} // namespace corduroy::http
