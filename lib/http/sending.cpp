#include "http/sending.hpp"

#include "http/exchange.hpp"
#include "http/preparation.hpp"
#include "http/redirect.hpp"
#include "http/tracing.hpp"

#include <corduroy/async/timeout.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy::http {

Task<Response> send(std::unique_ptr<RequestPlan> owned) {
    RequestPlan& plan = *owned;
    if (!plan.client) plan.client = default_client();
    ClientCore& core = *plan.client;
    core.use();
    plan.begun = Reactor::current().now();
    unsigned limit = plan.redirects.value_or(core.settings().redirects);
    plan.redirects = limit;
    std::vector<Response::Hop> history;
    Url url = prepare(plan, core.settings());
    Response response;
    for (;;) {
        co_await exchange(core, plan, url, response);
        std::optional<Url> target;
        if (limit != 0) target = redirect_target(response, plan, url);
        if (!target) {
            response.set_origin(std::move(url), plan.method, std::move(history));
            response.set_begun(plan.begun);
            co_return response;
        }
        if (history.size() == limit) {
            std::string address = url.redacted();
            throw RedirectError({.method = plan.method, .url = address, .phase = Phase::head},
                                "it redirects for the " + std::to_string(limit + 1) + ". time; the limit is " +
                                    std::to_string(limit));
        }
        Tracing(core, plan, url).tell(TraceStep::redirect, response.status(), 0, target->href());
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

} // namespace corduroy::http
