#include "http/exchange.hpp"

#include "http/generated_body.hpp"
#include "http/phase_clock.hpp"
#include "http/streamed_body.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/method.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <chrono>
#include <limits>

namespace corduroy::http {

namespace {

using namespace std::chrono_literals;

// A connection that was idle for longer than this is looked at before it is used again; one used a moment ago is not.
constexpr Duration trusted_idle_time = 200ms;

// Bodies up to this size travel with the head in one send.
constexpr std::size_t small_body = 64 * 1024;
constexpr std::size_t send_piece = 256 * 1024;

std::string_view origin_of(const Url& url) noexcept {
    // The href up to its path; only URLs without userinfo come here.
    const char* end = url.authority().data() + url.authority().size();
    return {url.href().data(), static_cast<std::size_t>(end - url.href().data())};
}

Task<> send_body(net::ByteStream& stream, std::string_view body, PhaseClock& clock, Duration stall) {
    while (!body.empty()) {
        std::string_view piece = body.substr(0, send_piece);
        body.remove_prefix(piece.size());
        clock.enter(Phase::send, stall);
        co_await stream.write_all(std::as_bytes(std::span(piece)));
    }
}

// The steps of one exchange, run inside the scope of its clock.
class Exchange {
public:
    Exchange(ClientCore& core, const RequestPlan& plan, const Url& url, PhaseClock& clock) noexcept
        : core_(core), plan_(plan), url_(url), clock_(clock) {}

    Task<Response> run() {
        for (;;) {
            co_await take_connection();
            bool may_repeat = lease_.connection()->reused && is_idempotent_method(plan_.method) && !plan_.generated;
            if (!may_repeat) {
                co_await get_head();
                break;
            }
            auto head = co_await attempt(get_head());
            if (head) break;
            if (lease_.connection()->parser().started() || !head.failure().check<corduroy::Error>())
                head.failure().rethrow();
            // The server had closed it: on a connection that is new the same request is safe.
            lease_.replace();
        }
        if (plan_.streamed && !will_be_followed()) co_return stream_body();
        co_return co_await read_body();
    }

private:
    const ClientSettings& settings() const noexcept { return core_.settings(); }

    Task<> take_connection() {
        if (!lease_.connection()) {
            clock_.pause();
            if (!has_place_) lease_ = co_await core_.pool().acquire(origin_of(url_));
            has_place_ = true;
        }
        ClientConnection* connection = lease_.connection();
        // A body that can be sent once is not sent for luck.
        bool doubtful = connection != nullptr &&
                        (plan_.generated || connection->idle_since + trusted_idle_time < Reactor::current().now());
        if (doubtful) {
            bool open = co_await connection->stream().still_open();
            if (!open) lease_.replace();
        }
        if (lease_.connection() == nullptr) {
            clock_.enter(Phase::connect, plan_.connect_timeout.value_or(settings().connect_timeout));
            lease_.hold(co_await core_.connect(url_));
        }
    }

    Task<> get_head() {
        ClientConnection& connection = *lease_.connection();
        connection.parser().begin(plan_.method);
        clock_.enter(Phase::send, settings().silence_timeout);
        connection.stream().write_soon(serialise(plan_, url_, settings()));
        Result<void> sent;
        if (plan_.generated) {
            sent = co_await send_generated(connection);
        } else if (plan_.body.size() > small_body) {
            sent = co_await attempt(send_body(connection.stream(), plan_.body, clock_, settings().silence_timeout));
            // A server may answer before it has read all, and close: the answer says more than the broken pipe.
        }
        clock_.enter(Phase::head, settings().head_timeout);
        Task<> reading = read_head(connection);
        if (sent) {
            co_await std::move(reading);
            co_return;
        }
        auto head = co_await attempt(std::move(reading));
        if (!head) sent.failure().rethrow();
    }

    // Sends what the generator gives. What the generator throws is thrown; that the server took no more is given.
    Task<Result<void>> send_generated(ClientConnection& connection) {
        GeneratedBody& body = *plan_.generated;
        AsyncGenerator<std::string>& pieces = body.begin();
        std::uint64_t left = body.size.value_or(0);
        std::string chunk;
        for (;;) {
            clock_.pause(); // the generator may take its time
            auto piece = co_await pieces.next();
            if (!piece) break;
            if (body.size && piece->size() > left) raise_wrong_size("longer", *body.size);
            left -= piece->size();
            if (!body.size) {
                chunk.clear();
                append_chunk(chunk, *piece);
            }
            std::string_view bytes = body.size ? *piece : chunk;
            Task<> sending = send_body(connection.stream(), bytes, clock_, settings().silence_timeout);
            auto sent = co_await attempt(std::move(sending));
            if (!sent) co_return sent;
        }
        if (body.size && left != 0) raise_wrong_size("shorter", *body.size);
        if (!body.size) connection.stream().write_soon(std::string(end_of_chunks));
        co_return Result<void>();
    }

    [[noreturn]] static void raise_wrong_size(std::string_view how, std::uint64_t size) {
        throw Error({{}, {}, Phase::send}, "the body is " + std::string(how) + " than the " + std::to_string(size) +
                                               " bytes that were announced");
    }

    Task<> read_head(ClientConnection& connection) {
        for (;;) {
            ParseEvent event = co_await connection.next(0);
            if (event == ParseEvent::head) break;
        }
        head_ = std::move(connection.parser().head());
    }

    // A redirect's own few words are read at once, so that its connection can be used again.
    bool will_be_followed() const {
        return is_redirect_status(head_.status) && head_.headers.contains("location") &&
               plan_.redirects.value_or(0) != 0;
    }

    Response stream_body() {
        ClientConnection& connection = *lease_.connection();
        connection.keep_input();
        auto body = std::make_unique<StreamedBody>(plan_, std::move(lease_), url_, settings().silence_timeout);
        return Response(std::move(head_), std::move(body));
    }

    Task<Response> read_body() {
        ClientConnection& connection = *lease_.connection();
        ResponseParser& parser = connection.parser();
        std::size_t limit = plan_.body_limit.value_or(settings().body_limit);
        std::string body;
        std::uint64_t size = parser.content_length().value_or(0);
        if (size > limit) raise_too_large(limit);
        body.reserve(static_cast<std::size_t>(size));
        for (;;) {
            ParseEvent event = co_await connection.next(expected_of(parser));
            if (event == ParseEvent::complete) break;
            if (event != ParseEvent::body) continue;
            if (parser.body().size() > limit - body.size()) raise_too_large(limit);
            body += parser.body();
            clock_.enter(Phase::body, settings().silence_timeout);
        }
        if (parser.keep_alive() && !parser.upgraded() && connection.clean())
            lease_.finish();
        else
            lease_.discard();
        co_return Response(std::move(head_), std::move(body));
    }

    [[noreturn]] void raise_too_large(std::size_t limit) const {
        throw TooLarge({.method = {}, .url = {}, .phase = Phase::body},
                       "the body is larger than " + std::to_string(limit) + " bytes", limit);
    }

    ClientCore& core_;
    const RequestPlan& plan_;
    const Url& url_;
    PhaseClock& clock_;
    Pool::Lease lease_;
    bool has_place_ = false;
    ResponseHead head_;
};

} // namespace

std::string serialise(const RequestPlan& plan, const Url& url, const ClientSettings& settings) {
    std::string out;
    bool body_travels_along = plan.body.size() <= small_body;
    out.reserve(256 + plan.headers.byte_size() + 4 * plan.headers.size() + url.target().size() +
                (body_travels_along ? plan.body.size() : 0));
    append_request_line(out, plan.method, url.target());
    append_field(out, "host", plan.headers.get("host").value_or(url.authority()));
    auto adds = [&](std::string_view name) {
        if (plan.headers.contains(name)) return false;
        for (const std::string& each : plan.without)
            if (equal_ignoring_case(each, name)) return false;
        return true;
    };
    if (!settings.user_agent.empty() && adds("user-agent")) append_field(out, "user-agent", settings.user_agent);
    if (adds("accept")) append_field(out, "accept", "*/*");
    for (Headers::Field field : plan.headers) {
        if (equal_ignoring_case(field.name, "host") || equal_ignoring_case(field.name, "content-length") ||
            equal_ignoring_case(field.name, "transfer-encoding"))
            continue; // said once, and by us
        append_field(out, field.name, field.value);
    }
    std::optional<std::uint64_t> size = plan.body.size();
    if (plan.generated) size = plan.generated->size;
    BodyFraming framing = request_framing(plan.method, size);
    if (framing == BodyFraming::sized) append_field(out, "content-length", std::to_string(*size));
    if (framing == BodyFraming::chunked) append_field(out, "transfer-encoding", "chunked");
    append_end_of_head(out);
    if (body_travels_along) out += plan.body;
    return out;
}

Task<Response> exchange(ClientCore& core, const RequestPlan& plan, const Url& url) {
    PhaseClock clock(plan.method, url.href());
    Exchange steps(core, plan, url, clock);
    Task<Response> running = steps.run();
    auto outcome = co_await detail::in_scope(clock.scope(), running);
    if (!outcome) clock.raise(outcome.failure());
    co_return std::move(outcome).value();
}

} // namespace corduroy::http
