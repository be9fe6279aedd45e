#pragma once

#include "http/client_core.hpp"
#include "http/request_plan.hpp"

#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

namespace corduroy::http {

// One request and its answer, without redirects: takes a connection from the pool, sends, and reads the head, and the
// body unless it is streamed. A request that found its kept-alive connection dead is sent once more on a new one, where
// its method is idempotent. The answer is put where the caller wants it: a Response is not cheap to pass on and on.
Task<> exchange(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer);

// Appends the bytes of a request: its head, and a small body after it. With a `wait` it expects a "100 Continue", and
// the body stays behind.
void append_request(std::string& out, const RequestPlan& plan, const Url& url, const Proxy* proxy,
                    const ClientCore& core, std::optional<Duration> wait);

} // namespace corduroy::http
