#pragma once

#include "http/client_core.hpp"

#include <corduroy/http/request_builder.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/url.hpp>

namespace corduroy::http {

// One request and its answer, as `exchange` does it, as often as the request's policy has it, or its client's, and no
// sooner than the client's limit of the host's rate.
Task<> exchange_with_retries(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer);

} // namespace corduroy::http
