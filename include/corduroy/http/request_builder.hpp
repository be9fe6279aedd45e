#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/part.hpp>
#include <corduroy/http/redirect_method.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/url.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy::http {

class ClientCore;
class Multipart;
class ProxySettings;
class RetryPolicy;
struct RequestPlan;

// How a value becomes JSON: <corduroy/http/json.hpp> says it.
template <class Value>
struct JsonText;

// A request that is being put together and is sent when it is awaited:
// `co_await http::get(url).header("accept", "text/html").timeout(5s)`. It gives the Response with its whole body, or at
// the head after `.streamed()`. Combinators take it as it is. Failures are http::Error, which names URL and phase,
// TimeoutError, and UnsupportedUrl; a status such as 404 is a response, not a failure. Cancelling it closes its
// connection. It can be awaited once.
class [[nodiscard("the request is sent when it is awaited")]] RequestBuilder {
public:
    RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, std::string_view url);
    RequestBuilder(std::shared_ptr<ClientCore> client, std::string_view method, Url&& url);
    RequestBuilder(RequestBuilder&&) noexcept = default;
    RequestBuilder& operator=(RequestBuilder&&) noexcept = default;
    ~RequestBuilder() = default;

    // Adds "name=value" to the URL's query, behind what is there; names may repeat. Any bytes will do: all but letters,
    // digits and "-._~" is percent-encoded, a space as %20, which servers take for one however they read a '+'.
    RequestBuilder&& query(std::string_view name, std::string_view value) &&;
    template <std::integral Number>
    RequestBuilder&& query(std::string_view name, Number value) && {
        return std::move(*this).query(name, std::string_view(std::to_string(value)));
    }

    // Adds a header, beside others of its name; it takes the place of the client's own of that name. A wrong one, such
    // as one with a line end in it, is an http::Error that names it, at once. Content-Length and Transfer-Encoding are
    // left to the client, which knows the body.
    RequestBuilder&& header(std::string_view name, std::string_view value) &&;
    // The same, but takes the place of what was added under this name.
    RequestBuilder&& set_header(std::string_view name, std::string_view value) &&;
    // Takes back what was added under this name, and does without the client's own, User-Agent and Accept included.
    RequestBuilder&& without_header(std::string_view name) &&;

    // "Authorization: Basic" (RFC 7617) and "Bearer" (RFC 6750), in place of any other. A redirect to another origin
    // does not take it along. An http::Error at once where the user holds a ':' or either a control character, or where
    // the token is none. The message does not show the secret.
    RequestBuilder&& auth_basic(std::string_view user, std::string_view password) &&;
    RequestBuilder&& bearer(std::string_view token) &&;

    // Digest authentication (RFC 7616; MD5, SHA-256, -sess, qop auth) where the server asks for it: the request is then
    // sent a second time, so its body must be one that can be. It is for the URL's origin. An http::Error where user or
    // password holds a control character, and where this build has no OpenSSL.
    RequestBuilder&& auth_digest(std::string_view user, std::string_view password) &&;

    // A cookie of this request alone, beside those of the client's jar. An http::Error where the name is no token, or
    // the value holds what a Cookie header cannot say: a control character, ';' or a space at an end.
    RequestBuilder&& cookie(std::string_view name, std::string_view value) &&;

    // The request's body, and its content type unless a header says it.
    RequestBuilder&& body(std::string bytes, std::string_view content_type = "application/octet-stream") &&;
    // A body that is made while it is sent, each string as it comes: in chunks, or with a Content-Length where `size`
    // says how much there will be; more or less of it is an http::Error then. What the generator throws fails the
    // request. It can be sent once: a redirect that would have it sent again (307, 308) is a RedirectError, unless the
    // generator is given by a function that makes one each time.
    RequestBuilder&& body(AsyncGenerator<std::string> pieces, std::optional<std::uint64_t> size = std::nullopt,
                          std::string_view content_type = "application/octet-stream") &&;
    template <class Make>
        requires std::is_same_v<std::invoke_result_t<std::decay_t<Make>&>, AsyncGenerator<std::string>>
    RequestBuilder&& body(Make&& make, std::optional<std::uint64_t> size = std::nullopt,
                          std::string_view content_type = "application/octet-stream") && {
        corduroy::detail::guard_callable<Make>();
        return std::move(*this).body_of(UniqueFunction<AsyncGenerator<std::string>()>(std::forward<Make>(make)), size,
                                        content_type);
    }
    // The contents of a file, read as they are sent, and never in memory as a whole: with a Content-Length, which is
    // its size when the request begins, or in chunks where it has none, as a pipe. It can be sent again. That it cannot
    // be read is an IoError, which names it and fails the request; that it has become shorter is an http::Error. What
    // it has grown by is not sent.
    RequestBuilder&& body_file(std::string path, std::string_view content_type = "application/octet-stream") &&;

    // A field, or a file, of a multipart form (RFC 7578); they keep their order. A CR, LF or NUL in name, filename or
    // content type is an http::Error that names it; a quote is sent as %22, as browsers do. A content-type header of
    // the request's takes the place of multipart/form-data; the boundary is added to it.
    RequestBuilder&& part(std::string_view name, std::string_view value) &&;
    RequestBuilder&& file_part(std::string_view name, std::string_view filename, std::string_view content,
                               std::string_view content_type = "application/octet-stream") &&;
    // A part of a file's contents, by the last part of its path, read as it is sent like a `body_file`.
    RequestBuilder&& part_from_file(std::string_view name, std::string path,
                                    std::string_view content_type = "application/octet-stream") &&;
    // A part with a type, a file name and a source of its own; and several parts under one name, as a multipart/mixed
    // within the form, which RFC 7578 (section 4.3) advises against and curl sends.
    RequestBuilder&& part(std::string_view name, Part part) &&;
    RequestBuilder&& parts(std::string_view name, std::vector<Part> parts) &&;
    // A field of a form, sent as application/x-www-form-urlencoded; names may repeat, and any bytes will do. An
    // http::Error where there is another body.
    RequestBuilder&& form(std::string_view name, std::string_view value) &&;
    template <std::integral Number>
    RequestBuilder&& form(std::string_view name, Number value) && {
        return std::move(*this).form(name, std::string_view(std::to_string(value)));
    }
    // A body of JSON, serialised already, as application/json.
    RequestBuilder&& json_text(std::string text) &&;
    // The same of a value; it takes <corduroy/http/json.hpp>: `.json(nlohmann::json{{"a", 1}})`, or what that turns
    // into.
    template <class Value>
    RequestBuilder&& json(const Value& value) && {
        return std::move(*this).json_text(JsonText<Value>::of(value));
    }
    // Sends "Expect: 100-continue", and the body when the server has said so, or has said nothing for this long; where
    // it answers instead, the body stays unsent. A 417 has the request sent again without (RFC 9110 section 10.1.1).
    // For large bodies that a server may refuse.
    RequestBuilder&& expect_continue(Duration wait = std::chrono::seconds{1}) &&;
    // Is told of each interim answer (1xx) but 101, as it comes: "103 Early Hints" with its Link headers.
    RequestBuilder&& on_interim(std::function<void(const ResponseHead&)> hook) &&;
    // Is told what happens to this request, beside the client's own trace.
    RequestBuilder&& trace(Trace trace) &&;
    // A bound for all of it, redirects and body included; a streamed response carries it on.
    RequestBuilder&& timeout(Duration bound) &&;
    // A bound for looking up the name, connecting and TLS.
    RequestBuilder&& connect_timeout(Duration bound) &&;
    // Bounds for waiting until the pool has a place; for setting up TLS; from the request's being sent to the first
    // byte of the answer; for silence inside a body and a write that makes no progress. See ClientSettings.
    RequestBuilder&& pool_timeout(Duration bound) &&;
    RequestBuilder&& tls_timeout(Duration bound) &&;
    RequestBuilder&& head_timeout(Duration bound) &&;
    RequestBuilder&& silence_timeout(Duration bound) &&;
    // By which proxies it goes, redirects included, in place of the client's: by this one, see Proxy::parse, a
    // ProxyError at once where it is none; or as these settings have it, with `ProxySettings()` by none.
    RequestBuilder&& proxy(std::string_view proxy) &&;
    RequestBuilder&& proxy(ProxySettings proxies) &&;
    // When it is sent again.
    RequestBuilder&& retry(RetryPolicy policy) &&;
    // How many redirects are followed; with 0 the redirecting answer itself is given.
    RequestBuilder&& redirects(unsigned count) &&;
    // What method, and body, it has after a redirect by 301, 302 or 303, or by one of them alone; for another status it
    // changes nothing.
    RequestBuilder&& redirect_method(RedirectMethod method) &&;
    RequestBuilder&& redirect_method(int status, RedirectMethod method) &&;
    // Takes its Authorization and Cookie headers along to other origins that redirects lead to (curl's
    // --location-trusted): whoever is redirected to may then have been anybody's choice.
    RequestBuilder&& trusted_redirects() &&;
    // Follows redirects from https to http too, which are a RedirectError otherwise.
    RequestBuilder&& insecure_redirects() &&;
    // Sends this in the request line in place of the URL's path and query, as it is: "*", or a path that must not be
    // normalised. A proxy that forwards gets a path behind the origin. A redirect leads to what it says. An http::Error
    // where it is empty, or holds a blank or a control character.
    RequestBuilder&& request_target(std::string_view target) &&;
    // Gives the body as it comes, whatever Content-Encoding it has, and asks for none.
    RequestBuilder&& without_decoding() &&;
    // How large a body that is read whole may be, encoded and decoded, or what comes of one while the request's is
    // sent.
    RequestBuilder&& body_limit(std::size_t bytes) &&;
    // Gives the response at its head; the body is then read by `Response::read`.
    RequestBuilder&& streamed() &&;

    // The same request once more. A generator that no function made is shared, and can be sent by one of the two.
    RequestBuilder copy() const;

    Task<Response> into_task() &&;

private:
    struct Release {
        void operator()(RequestPlan* plan) const noexcept;
    };
    using Plan = std::unique_ptr<RequestPlan, Release>;

    explicit RequestBuilder(Plan plan) noexcept : plan_(std::move(plan)) {}
    RequestBuilder&& body_of(UniqueFunction<AsyncGenerator<std::string>()> make, std::optional<std::uint64_t> size,
                             std::string_view content_type) &&;
    Multipart& multipart();
    void default_content_type(std::string_view content_type);

    Plan plan_;
};

} // namespace corduroy::http
