#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/net/listener.hpp>

namespace fetch {

// The pages of the showcase: /fast, /slow, /redirected, /chunked and /large. Anything else is not there.
corduroy::Task<corduroy::http::Response> answer_page(corduroy::http::Request& request);

// A server without manners: to whoever comes it promises more than it sends. It goes on until it is cancelled.
corduroy::Task<> serve_cut_short(corduroy::net::Listener& listener);

} // namespace fetch
