#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/response.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace corduroy::http {

class ClientCore;
struct RequestPlan;

// A request on its way out, as middleware sees it: before the client's own headers, credentials and base URL are added,
// and before redirects. It is valid as long as the middleware runs.
class OutgoingRequest {
public:
    explicit OutgoingRequest(RequestPlan& plan) noexcept : plan_(plan) {}

    const std::string& method() const noexcept;
    void set_method(std::string_view method);
    // As it was given: it may be relative to the client's base URL, and the builder's `query` is not in it.
    std::string url() const;
    void set_url(std::string_view url);
    Headers& headers() noexcept;
    const Headers& headers() const noexcept;
    // Empty where it is a generator's, a file's or a multipart form, which are not made yet.
    const std::string& body() const noexcept;
    void set_body(std::string body);
    // Whether it can be sent more than once: all but a generator that is no function's.
    bool replayable() const noexcept;
    bool streamed() const noexcept;

private:
    friend class Next;
    RequestPlan& plan_;
};

// What comes after a middleware: the next one, and the client's own sending at last, with redirects, cookies and all.
// It may be called not at all, or several times, one after the other: each sends the request as it then is.
class Next {
public:
    Next(ClientCore& core, std::size_t index) noexcept : core_(core), index_(index) {}

    Task<Response> operator()(OutgoingRequest& request) const;

private:
    ClientCore& core_;
    std::size_t index_;
};

// What stands between a client and the network for each of its requests: a function of the request and of what comes
// next. It is a coroutine, or gives one; what it captures lives as long as the client. The first one added is the
// outermost. (aiohttp's client middleware, treq's hooks of an Agent that wraps another.)
using Middleware = std::function<Task<Response>(OutgoingRequest& request, Next next)>;

} // namespace corduroy::http
