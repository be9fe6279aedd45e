#include "http/exchange.hpp"

#include "http/body_sending.hpp"
#include "http/content/codings.hpp"
#include "http/generated_body.hpp"
#include "http/phase_clock.hpp"
#include "http/preparation.hpp"
#include "http/proxy/proxied_connect.hpp"
#include "http/streamed_body.hpp"
#include "http/tracing.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace corduroy::http {

namespace {

using namespace std::chrono_literals;

// A connection that was idle for longer than this is looked at before it is used again; one used a moment ago is not.
constexpr Duration trusted_idle_time = 200ms;

// The rest of a dropped body is waited for as long as another connection would take, but no shorter than this.
constexpr Duration shortest_drain = 10ms;

// Bodies up to this size travel with the head in one send.
constexpr std::size_t small_body = 64 * 1024;

// Requests up to this size are put together in the client's memory and copied into the connection's, which both keep.
constexpr std::size_t copied_request = 4 * 1024;

constexpr std::string_view any_type_accepted = "accept: */*\r\n";

// Whether the body is sent in one piece with the head: a small one, which is not to wait for a "100 Continue".
bool body_travels_along(const RequestPlan& plan, std::optional<Duration> wait) noexcept {
    return plan.content->body.empty() || (plan.content->body.size() <= small_body && !wait);
}

// The proxy that the request goes by; null where it goes to the origin directly.
const Proxy* proxy_for(const RequestPlan& plan, const Url& url, const ClientSettings& settings) {
    const ProxySettings& proxies = plan.extras->proxies ? *plan.extras->proxies : settings.proxies;
    return proxies.empty() || !settings.unix_socket.empty() ? nullptr : proxies.find(url);
}

// What connections by a proxy are kept under: those to a proxy that forwards requests are good for every origin, and a
// tunnel for those who had told the proxy the same.
[[gnu::noinline]] std::string key_of(const Proxy& proxy, const Url& url) {
    std::string key = proxy.name() + " " + percent_encode(proxy.user()) + ":" + percent_encode(proxy.password());
    for (const Proxy* before = proxy.before(); before != nullptr; before = before->before())
        key +=
            " by " + before->name() + " " + percent_encode(before->user()) + ":" + percent_encode(before->password());
    if (is_forwarded(&proxy, url)) return key;
    key.append(1, ' ').append(url.origin()).append(1, ' ');
    append_fields(key, proxy.headers());
    return key;
}

std::string_view origin_of(const Url& url) noexcept {
    // The href up to its path; only URLs without userinfo come here.
    const char* end = url.authority().data() + url.authority().size();
    return {url.href().data(), static_cast<std::size_t>(end - url.href().data())};
}

// Lets the other requests that are ready catch up: all of them go through one part of the code before any goes on to
// the next. The whole way is more code than the processor's first cache holds, and each of them would fetch it anew.
class InStep : public ShieldedCheckpointAwaiter {
public:
    bool await_ready() const noexcept { return !Reactor::current().has_ready(); }
};

// One exchange, run inside the scope of its clock. What happens with every request stands in one coroutine, `run`: each
// further one on the way would cost a kept-alive connection some 3% of what is ours in a request.
class Exchange final : private ConnectObserver {
public:
    Exchange(ClientCore& core, const RequestPlan& plan, const Url& url, PhaseClock& clock, Response& answer)
        : core_(core), plan_(plan), url_(url), clock_(clock), answer_(answer), tracing_(core, plan, url),
          proxy_(proxy_for(plan, url, core.settings())) {}

    Task<> run() {
        co_await InStep();
        std::optional<Duration> wait;
        if (has_content()) wait = plan_.bounds->expect_continue; // which is not sent without (RFC 9110 section 10.1.1)
        note(TraceStep::queued, times_.queued);
        if (auto bound = pool_timeout()) clock_.enter(Phase::pool, *bound);
        std::string by_proxy;
        if (proxy_ != nullptr) by_proxy = key_of(*proxy_, url_);
        lease_ = co_await core_.pool().acquire(by_proxy.empty() ? origin_of(url_) : by_proxy, clock_);
        times_.connecting = Reactor::current().now();
        for (;;) {
            if (!connection_is_fresh()) co_await open_connection();
            ClientConnection& connection = *lease_.connection();
            bool may_repeat = connection.reused && is_idempotent_method(plan_.method) && !plan_.content->generated;
            bool again = false;
            bool body_follows = plan_.content->generated || !body_travels_along(plan_, wait);
            BodySending body(connection, plan_, clock_, silence_timeout());
            clock_.pass(Phase::send);
            send_head(connection, wait);
            try {
                if (body_follows) co_await body.run(wait);
                times_.sent = Reactor::current().now();
                tracing_.tell_sent(body_follows ? body.sent() : plan_.content->body.size(), connection.stream());
                clock_.enter(Phase::head, plan_.bounds->head_timeout.value_or(settings().head_timeout));
                while (!body.answered() && !find_head(connection, plan_)) {
                    net::ReceivedBytes received = co_await connection.receive();
                    connection.take(std::move(received));
                }
            } catch (const corduroy::Error& error) {
                // The server had closed it: on a connection that is new the same request is safe.
                again = may_repeat && !connection.parser().started();
                // A server may answer before it has read all, and close: the answer says more than the broken pipe.
                if (!again) body.raise_failure();
                if (!again) throw;
                log([&] {
                    return request_line() +
                           ": again on a new connection, for the server had closed the idle one: " + error.what();
                });
            }
            if (!again && wait && connection.parser().head().status == 417) {
                wait.reset(); // it does not know what it was to expect (RFC 9110 section 10.1.1)
                again = !plan_.content->generated || plan_.content->generated->can_be_sent();
            }
            if (!again) break;
            lease_.replace();
        }

        co_await InStep();
        ClientConnection& connection = *lease_.connection();
        ResponseParser& parser = connection.parser();
        ResponseHead head = std::move(parser.head());
        note(TraceStep::first_byte, times_.first_byte, head.status);
        if (parser.upgraded() && plan_.headers.contains("upgrade")) return_upgraded(std::move(head));
        if (lease_.connection() == nullptr) co_return;
        bool has_body = parser.framing() != BodyFraming::none && parser.content_length() != 0;
        // A part of what is encoded (206) is given as it is.
        bool to_decode = has_body && head.status != 206 && decodes(plan_, settings()) && is_encoded(head.headers);
        bool streamed = plan_.streamed || to_decode;
        if (streamed && !will_be_followed(head)) {
            stream_body(std::move(head));
            co_return;
        }
        std::size_t limit = plan_.bounds->body_limit.value_or(settings().body_limit);
        std::string body;
        std::uint64_t size = parser.content_length().value_or(0);
        if (size > limit) raise_too_large(limit);
        body.reserve(static_cast<std::size_t>(size));
        for (;;) {
            ParseEvent event = connection.parse();
            if (event == ParseEvent::complete) break;
            if (event == ParseEvent::body) {
                if (parser.body().size() > limit - body.size()) raise_too_large(limit);
                body += parser.body();
                tracing_.tell(TraceStep::chunk, head.status, parser.body().size());
            } else if (event == ParseEvent::need_input) {
                clock_.enter(Phase::body, silence_timeout());
                std::size_t expected = expected_of(parser);
                if (ClientConnection::is_large(expected)) {
                    co_await connection.fill(expected);
                } else {
                    net::ReceivedBytes received = co_await connection.receive();
                    connection.take(std::move(received));
                }
            }
        }
        Headers trailers;
        if (!parser.trailers().empty()) trailers = std::move(parser.trailers());
        if (connection.can_be_kept())
            lease_.finish();
        else
            lease_.discard();
        note(TraceStep::done, times_.done, head.status, body.size());
        give(std::move(head), std::move(body));
        if (!trailers.empty()) answer_.set_trailers(std::move(trailers));
    }

    // What a failure is told as; the same goes to the trace and to the log.
    void tell_failure(const std::string& message) const {
        tracing_.tell(TraceStep::failed, 0, 0, message);
        log([&] { return message; });
    }
    void tell_answer() const {
        log([this] { return request_line() + ": " + std::to_string(answer_.status()); });
    }

private:
    template <class Text>
    static void log(Text text) noexcept {
        Reactor::current().log(LogLevel::debug, "http", text);
    }
    std::string request_line() const { return plan_.method + " " + std::string(url_.href()); }

    const ClientSettings& settings() const noexcept { return core_.settings(); }
    std::optional<Duration> pool_timeout() const noexcept {
        return plan_.bounds->pool_timeout ? plan_.bounds->pool_timeout : settings().pool_timeout;
    }

    bool has_content() const noexcept {
        return plan_.content->generated ? plan_.content->generated->size != std::uint64_t{0}
                                        : !plan_.content->body.empty();
    }

    Duration silence_timeout() const noexcept {
        return plan_.bounds->silence_timeout.value_or(settings().silence_timeout);
    }

    bool connection_is_fresh() const noexcept {
        const ClientConnection* connection = lease_.connection();
        if (connection == nullptr || connection->undrained) return false;
        // What cannot be sent again, or may not, is not sent for luck.
        if (plan_.content->generated || !is_idempotent_method(plan_.method)) return false;
        return connection->idle_since + trusted_idle_time >= Reactor::current().now();
    }

    // Makes sure of a connection that was idle for a while, or opens one.
    Task<> open_connection() {
        ClientConnection* connection = lease_.connection();
        if (connection != nullptr && connection->undrained) {
            Task<bool> draining = connection->drain(settings().drain_limit);
            Duration bound = std::min(settings().drain_timeout, std::max(shortest_drain, connection->cost));
            auto drained = co_await attempt(timeout(bound, std::move(draining)));
            if (!drained || !*drained) lease_.replace();
        }
        connection = lease_.connection();
        if (connection != nullptr) {
            bool open = co_await connection->stream().still_open();
            if (!open) lease_.replace();
        }
        if (lease_.connection() == nullptr) {
            Duration bound = plan_.bounds->connect_timeout.value_or(settings().connect_timeout);
            connect_deadline_ = later(Reactor::current().now(), bound);
            clock_.enter_until(Phase::connect, connect_deadline_, bound);
            lease_.hold(co_await core_.connect(url_, proxy_, *this));
        }
    }

    // Told by the transport.
    void reached(TraceStep step) override {
        if (step == TraceStep::name) note(step, times_.named);
        if (step == TraceStep::connect) {
            note(step, times_.connected);
            if (url_.is_secure()) enter_tls();
        }
        if (step == TraceStep::tls) note(step, times_.secured);
    }

    // What is left of the time for connecting, or less where TLS has a bound of its own.
    void enter_tls() {
        std::optional<Duration> own = plan_.bounds->tls_timeout ? plan_.bounds->tls_timeout : settings().tls_timeout;
        TimePoint now = Reactor::current().now();
        if (own && later(now, *own) < connect_deadline_)
            clock_.enter_until(Phase::tls, later(now, *own), *own);
        else
            clock_.enter_until(Phase::tls, connect_deadline_,
                               plan_.bounds->connect_timeout.value_or(settings().connect_timeout));
    }

    void note(TraceStep step, TimePoint& time, int status = 0, std::uint64_t bytes = 0) {
        time = Reactor::current().now();
        tracing_.tell(step, status, bytes);
    }

    // The head, and the body that travels along.
    void send_head(ClientConnection& connection, std::optional<Duration> wait) {
        connection.parser().begin(plan_.method);
        std::string& text = core_.request_text();
        text.clear();
        append_request(text, plan_, url_, proxy_, core_, wait);
        if (text.size() <= copied_request)
            connection.stream().write_copy_soon(text);
        else
            connection.stream().write_soon(std::exchange(text, {}));
        // Its last one then (RFC 9112 section 9.6), whatever the server says.
        if (!plan_.headers.empty() && plan_.headers.has_token("connection", "close")) connection.spend();
    }

    // These take what they are given by reference: what a coroutine passes by value has room in its frame.
    [[gnu::noinline]] void give(ResponseHead&& head, std::string&& body) {
        answer_ = Response(std::move(head), std::move(body));
        answer_.set_timings(times_);
    }

    [[gnu::noinline]] void return_upgraded(ResponseHead&& head) {
        ClientConnection& connection = *lease_.connection();
        give(std::move(head), std::string());
        std::string read_ahead(connection.input());
        answer_.set_connection(connection.take_stream(), std::move(read_ahead));
        lease_.discard();
    }

    // A redirect's own few words are read at once, so that its connection can be used again.
    bool will_be_followed(const ResponseHead& head) const {
        return is_redirect_status(head.status) && !head.headers.get("location").value_or("").empty() &&
               plan_.redirects.value_or(0) != 0;
    }

    [[gnu::noinline]] void stream_body(ResponseHead&& head) {
        lease_.connection()->keep_input();
        auto body = std::make_unique<StreamedBody>(plan_, std::move(lease_), url_, settings(), head.status);
        answer_ = Response(std::move(head), std::move(body));
        answer_.set_timings(times_);
    }

    [[noreturn]] void raise_too_large(std::size_t limit) const {
        throw TooLarge({.method = {}, .url = {}, .phase = Phase::body},
                       "the body is larger than " + std::to_string(limit) + " bytes", limit);
    }

    ClientCore& core_;
    const RequestPlan& plan_;
    const Url& url_;
    PhaseClock& clock_;
    Response& answer_;
    Tracing tracing_;
    const Proxy* proxy_; // null: none
    TimePoint connect_deadline_{};
    Timings times_;
    Pool::Lease lease_;
};

} // namespace

void append_request(std::string& out, const RequestPlan& plan, const Url& url, const Proxy* proxy,
                    const ClientCore& core, std::optional<Duration> wait) {
    bool with_body = !plan.content->generated && body_travels_along(plan, wait);
    out.reserve(256 + plan.headers.byte_size() + 4 * plan.headers.size() + url.target().size() +
                plan.extras->target.size() + (with_body ? plan.content->body.size() : 0));
    // A Url's parts need no second look, nor do the fields of Headers, nor a method that `prepare` has seen.
    bool forwarded = is_forwarded(proxy, url);
    out.append(plan.method).append(1, ' ');
    std::string_view target = plan.extras->target.empty() ? url.target() : std::string_view(plan.extras->target);
    if (forwarded && target.front() == '/') out.append(origin_of(url)); // the absolute form, RFC 9112 section 3.2.2
    out.append(target).append(" HTTP/1.1\r\nhost: ");
    out.append(plan.headers.get("host").value_or(url.authority())).append("\r\n");
    if (takes_default(plan, "user-agent")) out.append(core.user_agent_field());
    if (takes_default(plan, "accept")) out.append(any_type_accepted);
    if (takes_default(plan, "accept-encoding")) out.append(core.accept_encoding_field(plan));
    for (Headers::Field field : plan.headers) {
        if (equal_ignoring_case(field.name, "host") || equal_ignoring_case(field.name, "content-length") ||
            equal_ignoring_case(field.name, "transfer-encoding") || equal_ignoring_case(field.name, "expect"))
            continue; // said once, and by us
        if (!forwarded && equal_ignoring_case(field.name, "proxy-authorization"))
            continue; // none of the origin's business
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    if (forwarded) append_proxy_fields(out, *proxy, plan.headers.contains("proxy-authorization"));
    std::optional<std::uint64_t> size = plan.content->body.size();
    if (plan.content->generated) size = plan.content->generated->size;
    BodyFraming framing = request_framing(plan.method, size);
    if (framing == BodyFraming::sized) append_field(out, "content-length", std::to_string(*size));
    if (framing == BodyFraming::chunked) append_field(out, "transfer-encoding", "chunked");
    if (wait) append_field(out, "expect", "100-continue");
    append_end_of_head(out);
    if (with_body) out += plan.content->body;
}

Task<> exchange(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer) {
    PhaseClock clock(plan.method, url.href());
    Exchange steps(core, plan, url, clock, answer);
    Task<> running = steps.run();
    Result<void> outcome = co_await detail::in_scope(clock.scope(), running);
    if (outcome) {
        steps.tell_answer();
        co_return;
    }
    try {
        clock.raise(outcome.failure());
    } catch (const corduroy::Error& error) {
        steps.tell_failure(error.what());
        throw;
    }
}

} // namespace corduroy::http
