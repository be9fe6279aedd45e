#pragma once

#include "http/request_address.hpp"
#include "http/seldom.hpp"

#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/redirect_method.hpp>
#include <corduroy/http/response_head.hpp>
#include <corduroy/http/trace.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corduroy::http {

class ClientCore;
class Multipart;
class ProxySettings;
class RetryPolicy;
struct GeneratedBody;

// What a request is to be, as its builder has gathered it. Bounds that are not set are the client's.
//
// It stands as long as its request is under way, of which there are many at once: what most requests do not say is in
// parts that are made when it is said.
struct RequestPlan : FromFramePool {
    // What a body was given as; of several kinds a request has one.
    enum class BodyKind : unsigned char { none, whole, generated, form, multipart };

    struct Content : FromFramePool {
        std::string body;
        std::shared_ptr<GeneratedBody> generated; // in place of `body`
        std::shared_ptr<Multipart> multipart;     // becomes `body`
        std::string type;                         // the Content-Type, unless a header says it
    };

    struct Bounds : FromFramePool {
        std::optional<Duration> timeout;
        std::optional<Duration> connect_timeout;
        std::optional<Duration> pool_timeout;
        std::optional<Duration> tls_timeout;
        std::optional<Duration> head_timeout;
        std::optional<Duration> silence_timeout;
        std::optional<Duration> expect_continue; // how long to wait for the "100 Continue"
        std::optional<TimePoint> deadline;       // where `timeout` leads to, from when it is sent
        std::optional<std::size_t> body_limit;
    };

    struct Extras : FromFramePool {
        std::string query;                            // to be added to the URL's, encoded
        std::string target;                           // in place of the URL's, in the request line
        std::vector<std::string> without;             // defaults that it is to do without
        std::shared_ptr<const ProxySettings> proxies; // null: the client's
        std::shared_ptr<const RetryPolicy> retry;     // null: the client's
        std::string cookies;                          // the request's own
        std::string digest_user;
        std::string digest_password;
        Trace trace;
        std::function<void(const ResponseHead&)> interim;
    };

    // Without a client it is the reactor's default one that sends it.
    template <class To> // a Url, or a text
    RequestPlan(std::shared_ptr<ClientCore>&& client, std::string_view method, To&& to)
        : client(std::move(client)), address(std::forward<To>(to)), method(method) {}

    std::shared_ptr<ClientCore> client;
    RequestAddress address;
    Headers headers;
    std::string method;
    Seldom<Content> content;
    Seldom<Bounds> bounds;
    Seldom<Extras> extras;
    TimePoint begun{};
    std::optional<unsigned> redirects;
    BodyKind body_kind = BodyKind::none;
    bool streamed = false;
    bool decoding = true;
    bool insecure_redirects = false;
    bool trusted_redirects = false;
    std::array<RedirectMethod, 3> redirect_methods{}; // after 301, 302, 303
};

} // namespace corduroy::http
