#include "http/exchange.hpp"

#include "http/body_sending.hpp"
#include "http/content/codings.hpp"
#include "http/generated_body.hpp"
#include "http/preparation.hpp"
#include "http/proxy/proxied_connect.hpp"
#include "http/request_text.hpp"
#include "http/streamed_body.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/checkpoint.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace corduroy::http {

namespace {

using namespace std::chrono_literals;

// A connection that was idle for longer than this is looked at before it is used again; one used a moment ago is not,
// unless something may have come to it since.
constexpr Duration trusted_idle_time = 200ms;

// The rest of a dropped body is waited for as long as another connection would take, but no shorter than this.
constexpr Duration shortest_drain = 10ms;

// Requests up to this size are put together in the client's memory and copied into the connection's, which both keep.
constexpr std::size_t copied_request = 4 * 1024;

// Room for so much is made before it has come, if an answer says that it has so much.
constexpr std::uint64_t most_reserved = 64 * 1024 * 1024;

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

// Lets the other requests that are ready catch up: all of them go through one part of the code before any goes on to
// the next. The whole way is more code than the processor's first cache holds, and each of them would fetch it anew.
class InStep : public ShieldedCheckpointAwaiter {
public:
    bool await_ready() const noexcept { return !Reactor::current().has_ready(); }
};

template <class Text>
void log(Text text) noexcept {
    Reactor::current().log(LogLevel::debug, "http", text);
}

} // namespace

Exchange::Exchange(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer)
    : core_(core), plan_(plan), url_(url), answer_(answer), clock_(plan.method, url.href()), tracing_(core, plan, url),
      proxy_(proxy_for(plan, url, core.settings())), steps_(take_steps()) {}

void Exchange::conclude(const Result<void>& outcome) {
    if (outcome) return log([this] { return request_line() + ": " + std::to_string(answer_.status()); });
    answer_ = Response();
    try {
        clock_.raise(outcome.failure());
    } catch (const corduroy::Error& error) {
        tracing_.tell(TraceStep::failed, 0, 0, error.what());
        log([&] { return std::string(error.what()); });
        throw;
    }
}

Task<> Exchange::take_steps() {
    co_await InStep();
    std::optional<Duration> wait;
    if (has_content()) wait = plan_.bounds->expect_continue; // which is not sent without (RFC 9110 section 10.1.1)
    note(TraceStep::queued, times_.queued);
    if (auto bound = pool_timeout()) clock_.enter(Phase::pool, *bound);
    std::string by_proxy;
    if (proxy_ != nullptr) by_proxy = key_of(*proxy_, url_);
    co_await core_.pool().acquire(by_proxy.empty() ? origin_of(url_) : by_proxy, clock_, lease_);
    if (pool_timeout()) clock_.pause(); // the place is there
    times_.connecting = Reactor::current().now();
    for (;;) {
        if (!connection_is_fresh()) co_await open_connection();
        ClientConnection& connection = *lease_.connection();
        bool may_repeat = connection.reused && is_idempotent_method(plan_.method) && !plan_.content->generated;
        bool again = false;
        bool telling = false;
        bool body_follows = plan_.content->generated || !body_travels_along(plan_, wait);
        BodySending body(connection, plan_, clock_, silence_timeout(), body_limit());
        clock_.pass(Phase::send);
        send_head(connection, wait);
        try {
            if (body_follows) co_await body.run(wait);
            times_.first_byte = body.answered_at();
            times_.sent = Reactor::current().now();
            telling = true;
            tracing_.tell_sent(body_follows ? body.sent() : plan_.content->body.size(), connection.stream());
            telling = false;
            clock_.enter(Phase::head, plan_.bounds->head_timeout.value_or(settings().head_timeout));
            while (!body.answered() && !(connection.has_input() && find_head(connection, plan_))) {
                net::ReceivedBytes received = co_await connection.receive();
                connection.take(std::move(received));
            }
        } catch (const corduroy::Error& error) {
            if (telling) throw; // the trace's own
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
    ResponseHead& head = answer_.head();
    head = std::move(parser.head());
    if (times_.first_byte == TimePoint{}) times_.first_byte = Reactor::current().now();
    tracing_.tell(TraceStep::first_byte, head.status);
    if (parser.upgraded() && plan_.headers.contains("upgrade")) {
        hand_connection_over();
        co_return;
    }
    if (will_be_followed(head)) {
        leave_body();
        co_return;
    }
    bool has_body = parser.framing() != BodyFraming::none && parser.content_length() != 0;
    // A part of what is encoded (206) is given as it is.
    bool to_decode = has_body && head.status != 206 && decodes(plan_, settings()) && is_encoded(head.headers);
    if (plan_.streamed || to_decode) {
        stream_body();
        co_return;
    }
    std::size_t limit = body_limit();
    std::string& body = answer_.body();
    std::uint64_t size = parser.content_length().value_or(0);
    if (size > limit) raise_too_large(limit);
    body.reserve(static_cast<std::size_t>(std::min(size, most_reserved)));
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
    if (!parser.trailers().empty()) answer_.set_trailers(std::move(parser.trailers()));
    if (connection.can_be_kept())
        lease_.finish();
    else
        lease_.discard();
    note(TraceStep::done, times_.done, head.status, body.size());
    answer_.set_timings(times_);
}

// Makes sure of a connection that was idle for a while, or opens one.
Task<> Exchange::open_connection() {
    ClientConnection* connection = lease_.connection();
    // The last request was answered before all of it had left; behind the rest of it this one would wait.
    if (connection != nullptr && connection->stream().queued() != 0) lease_.replace();
    connection = lease_.connection();
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
void Exchange::reached(TraceStep step) {
    if (step == TraceStep::name) note(step, times_.named);
    if (step == TraceStep::connect) {
        note(step, times_.connected);
        if (url_.is_secure()) enter_tls();
    }
    if (step == TraceStep::tls) note(step, times_.secured);
}

// What is left of the time for connecting, or less where TLS has a bound of its own.
void Exchange::enter_tls() {
    std::optional<Duration> own = plan_.bounds->tls_timeout ? plan_.bounds->tls_timeout : settings().tls_timeout;
    TimePoint now = Reactor::current().now();
    if (own && later(now, *own) < connect_deadline_)
        clock_.enter_until(Phase::tls, later(now, *own), *own);
    else
        clock_.enter_until(Phase::tls, connect_deadline_,
                           plan_.bounds->connect_timeout.value_or(settings().connect_timeout));
}

void Exchange::note(TraceStep step, TimePoint& time, int status, std::uint64_t bytes) {
    time = Reactor::current().now();
    tracing_.tell(step, status, bytes);
}

// The head, and the body that travels along.
void Exchange::send_head(ClientConnection& connection, std::optional<Duration> wait) {
    connection.parser().begin(plan_.method);
    std::string& text = core_.request_text();
    text.clear();
    append_request(text, plan_, url_, proxy_, core_.default_fields(), wait);
    if (text.size() <= copied_request)
        connection.stream().write_copy_soon(text);
    else
        connection.stream().write_soon(std::exchange(text, {}));
    // Its last one then (RFC 9112 section 9.6), whatever the server says.
    if (!plan_.headers.empty() && plan_.headers.has_token("connection", "close")) connection.spend();
}

// By themselves, for what a coroutine does between its awaits may take room in its frame.
[[gnu::noinline]] void Exchange::hand_connection_over() {
    ClientConnection& connection = *lease_.connection();
    std::string read_ahead(connection.input());
    answer_.set_connection(connection.take_stream(), std::move(read_ahead));
    answer_.set_timings(times_);
    lease_.discard();
}

[[gnu::noinline]] void Exchange::stream_body() {
    lease_.connection()->keep_input();
    answer_.set_reader(std::make_unique<StreamedBody>(plan_, std::move(lease_), url_, settings(), answer_.status()));
    answer_.set_timings(times_);
}

[[gnu::noinline]] void Exchange::leave_body() {
    ClientConnection& connection = *lease_.connection();
    bool can_be_kept = connection.leave_body(settings().drain_limit);
    std::uint64_t passed_over = connection.parser().body_received();
    can_be_kept ? lease_.finish() : lease_.discard();
    note(TraceStep::done, times_.done, answer_.status(), passed_over);
    answer_.set_timings(times_);
}

bool Exchange::has_content() const noexcept {
    return plan_.content->generated ? plan_.content->generated->size != std::uint64_t{0} : !plan_.content->body.empty();
}

bool Exchange::connection_is_fresh() const noexcept {
    ClientConnection* connection = lease_.connection();
    if (connection == nullptr || connection->undrained || connection->stream().queued() != 0) return false;
    // What cannot be sent again, or may not, is not sent for luck.
    if (plan_.content->generated || !is_idempotent_method(plan_.method)) return false;
    if (connection->idle_since + trusted_idle_time < Reactor::current().now()) return false;
    // What nobody has asked for must not be taken for the answer (RFC 9112 section 9.2).
    return connection->stream().quiet();
}

// A redirect whose own words nobody will read: what has come of them is passed over, and the rest is for whoever uses
// the connection next, if it is little.
bool Exchange::will_be_followed(const ResponseHead& head) const {
    return is_redirect_status(head.status) && !head.headers.get("location").value_or("").empty() &&
           plan_.redirects.value_or(0) != 0;
}

std::optional<Duration> Exchange::pool_timeout() const noexcept {
    return plan_.bounds->pool_timeout ? plan_.bounds->pool_timeout : settings().pool_timeout;
}

Duration Exchange::silence_timeout() const noexcept {
    return plan_.bounds->silence_timeout.value_or(settings().silence_timeout);
}

std::size_t Exchange::body_limit() const noexcept { return plan_.bounds->body_limit.value_or(settings().body_limit); }

void Exchange::raise_too_large(std::size_t limit) {
    throw TooLarge({.method = {}, .url = {}, .phase = Phase::body},
                   "the body is larger than " + std::to_string(limit) + " bytes", limit);
}

} // namespace corduroy::http
