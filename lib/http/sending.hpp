#pragma once

#include <corduroy/http/request_builder.hpp>

namespace corduroy::http {

// A request from its plan to its answer, redirects included.
Task<Response> send(std::unique_ptr<RequestPlan> plan);
// The same within a bound for all of it.
Task<Response> send_within(Duration bound, std::unique_ptr<RequestPlan> plan);

} // namespace corduroy::http
