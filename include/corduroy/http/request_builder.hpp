#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/response.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

class ClientCore;

// What a request is to be, as its builder has gathered it. Bounds that are not set are the client's.
struct RequestPlan {
    std::shared_ptr<ClientCore> client; // null: the reactor's default client
    std::string method;
    std::string url;
    Headers headers;
    std::string body;
    std::optional<Duration> timeout;
    std::optional<Duration> connect_timeout;
    std::optional<unsigned> redirects;
    std::optional<std::size_t> body_limit;
    bool streamed = false;
    std::optional<TimePoint> deadline; // where `timeout` leads to, from when it is sent
};

// A request that is being put together and is sent when it is awaited:
// `co_await http::get(url).header("accept", "text/html").timeout(5s)`. It gives the Response with its whole body, or at
// the head after `.streamed()`. Combinators take it as it is. Failures are http::Error, which names URL and phase,
// TimeoutError, and UnsupportedUrl; a status such as 404 is a response, not a failure. Cancelling it closes its
// connection. It can be awaited once.
class [[nodiscard("the request is sent when it is awaited")]] RequestBuilder {
public:
    RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, std::string_view url);
    RequestBuilder(RequestBuilder&&) noexcept;
    RequestBuilder& operator=(RequestBuilder&&) noexcept;
    ~RequestBuilder();

    // Adds a header. A wrong one is an http::Error that names it, at once.
    RequestBuilder&& header(std::string_view name, std::string_view value) &&;
    // The request's body, and its content type unless a header says it.
    RequestBuilder&& body(std::string bytes, std::string_view content_type = "application/octet-stream") &&;
    // A bound for all of it, redirects and body included; a streamed response carries it on.
    RequestBuilder&& timeout(Duration bound) &&;
    // A bound for looking up the name, connecting and TLS.
    RequestBuilder&& connect_timeout(Duration bound) &&;
    // How many redirects are followed; with 0 the redirecting answer itself is given.
    RequestBuilder&& redirects(unsigned count) &&;
    // How large a body that is read whole may be.
    RequestBuilder&& body_limit(std::size_t bytes) &&;
    // Gives the response at its head; the body is then read by `Response::read`.
    RequestBuilder&& streamed() &&;

    Task<Response> into_task() &&;

private:
    std::unique_ptr<RequestPlan> plan_;
};

} // namespace corduroy::http
