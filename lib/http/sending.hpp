#pragma once

#include "http/request_plan.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/http/response.hpp>

#include <memory>

namespace corduroy::http {

// A request from its plan to its answer, through the client's middleware.
Task<Response> send(std::unique_ptr<RequestPlan> plan);
// The same within a bound for all of it.
Task<Response> send_within(Duration bound, std::unique_ptr<RequestPlan> plan);

// What comes after all middleware: the request itself, with redirects, cookies, digest authentication and decoding. Its
// plan has a client, and is changed on the way.
Task<Response> send_plainly(RequestPlan& plan);

// Reads the rest of an answer that came as a stream for the sake of its coding, and decodes it.
Task<> read_decoded(ClientCore& core, const RequestPlan& plan, const Url& url, Response& response);

} // namespace corduroy::http
