#include "http/retry/retrying.hpp"

#include "http/exchange.hpp"
#include "http/generated_body.hpp"
#include "http/sending.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/retry/retry_after.hpp>
#include <corduroy/http/retry/retry_policy.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::http {

namespace {

double draw() {
    std::uint32_t bits = 0;
    Reactor::current().kernel().random(std::as_writable_bytes(std::span(&bits, 1)));
    return static_cast<double>(bits) / std::numeric_limits<std::uint32_t>::max();
}

// Whoever cuts a wait short, a deadline perhaps, learns which request it was.
void name_request(Cancelled& cancelled, const RequestPlan& plan, const Url& url, std::string_view waiting) {
    cancelled.during(plan.method + " " + std::string(url.href()) + " (waiting " + std::string(waiting) + ")");
}

Task<> wait_for_turn(KeyedRateLimiter<>& limiter, const RequestPlan& plan, const Url& url) {
    try {
        co_await limiter.acquire(std::string(url.authority()));
    } catch (Cancelled& cancelled) {
        name_request(cancelled, plan, url, "for its turn at the host's rate");
        throw;
    }
}

// What is waited after tells why.
Task<> wait_for_attempt(Duration delay, const RequestPlan& plan, const Url& url, std::string_view reason) {
    try {
        co_await sleep(delay);
    } catch (Cancelled& cancelled) {
        name_request(cancelled, plan, url, "to be sent again, for " + std::string(reason));
        throw;
    }
}

std::string reason_of(const Failure& failure) {
    const Error* error = failure.as<Error>();
    return error != nullptr ? error->reason() : failure.message();
}

Task<> exchange_in_turn(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer) {
    if (KeyedRateLimiter<>* limiter = core.rate_limiter()) co_await wait_for_turn(*limiter, plan, url);
    {
        Exchange exchange(core, plan, url, answer);
        exchange.conclude(co_await exchange.run());
    }
    // Read and decoded here, so that one that breaks off in its middle counts as failed.
    if (answer.streamed() && !plan.streamed) co_await read_decoded(core, plan, url, answer);
}

Task<> exchange_by_policy(ClientCore& core, RequestPlan& plan, const Url& url, Response& answer, CookieKeeping& cookies,
                          DigestKeeping& digest, const RetryPolicy& policy) {
    for (unsigned attempts = 1;; ++attempts) {
        Task<> exchanging = exchange_in_turn(core, plan, url, answer);
        Result<void> outcome = co_await attempt(std::move(exchanging));
        std::optional<Duration> delay;
        delay = outcome ? policy.after(attempts, plan.method, answer, draw(), time_of_turn())
                        : policy.after(attempts, plan.method, outcome.failure(), draw());
        if (delay && plan.content->generated && !plan.content->generated->can_be_sent()) delay.reset();
        if (!delay) {
            if (!outcome) outcome.failure().rethrow();
            co_return;
        }
        if (outcome) cookies.take_from(url, answer.headers());
        std::string reason =
            outcome ? "the server answered " + std::to_string(answer.status()) : reason_of(outcome.failure());
        answer = Response(); // a streamed one gives its connection back
        co_await wait_for_attempt(*delay, plan, url, reason);
        cookies.add_to(plan, url);
        digest.add_to(plan, url);
    }
}

} // namespace

Task<> exchange_with_retries(ClientCore& core, RequestPlan& plan, const Url& url, Response& answer,
                             CookieKeeping& cookies, DigestKeeping& digest) {
    const RetryPolicy* policy = plan.extras->retry.get();
    if (policy == nullptr) policy = core.settings().retry.get();
    if (policy != nullptr) return exchange_by_policy(core, plan, url, answer, cookies, digest, *policy);
    return exchange_in_turn(core, plan, url, answer);
}

} // namespace corduroy::http
