#include "http/exchange.hpp"

#include "http/generated_body.hpp"
#include "http/phase_clock.hpp"
#include "http/preparation.hpp"
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

constexpr std::string_view any_type_accepted = "accept: */*\r\n";

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

// One exchange, run inside the scope of its clock. What happens with every request stands in one coroutine, `run`: each
// further one on the way would cost a kept-alive connection some 3% of what is ours in a request.
class Exchange {
public:
    Exchange(ClientCore& core, const RequestPlan& plan, const Url& url, PhaseClock& clock, Response& answer) noexcept
        : core_(core), plan_(plan), url_(url), clock_(clock), answer_(answer) {}

    Task<> run() {
        lease_ = co_await core_.pool().acquire(origin_of(url_));
        for (;;) {
            if (!connection_is_fresh()) co_await open_connection();
            ClientConnection& connection = *lease_.connection();
            bool may_repeat = connection.reused && is_idempotent_method(plan_.method) && !plan_.generated;
            Result<void> sent;
            bool lost = false;
            send_head(connection);
            if (plan_.generated) {
                sent = co_await send_generated(connection);
            } else if (plan_.body.size() > small_body) {
                Task<> sending = send_body(connection.stream(), plan_.body, clock_, settings().silence_timeout);
                sent = co_await attempt(std::move(sending));
                // A server may answer before it has read all, and close: the answer says more than the broken pipe.
            }
            clock_.enter(Phase::head, settings().head_timeout);
            try {
                for (;;) {
                    ParseEvent event = connection.parse();
                    if (event == ParseEvent::head) break;
                    if (event != ParseEvent::need_input) continue;
                    net::ReceivedBytes received = co_await connection.receive();
                    connection.take(std::move(received));
                }
            } catch (const corduroy::Error&) {
                // The server had closed it: on a connection that is new the same request is safe.
                lost = may_repeat && !connection.parser().started();
                if (!lost && !sent) sent.failure().rethrow();
                if (!lost) throw;
            }
            if (!lost) break;
            lease_.replace();
        }

        ClientConnection& connection = *lease_.connection();
        ResponseParser& parser = connection.parser();
        ResponseHead head = std::move(parser.head());
        if (plan_.streamed && !will_be_followed(head)) {
            stream_body(std::move(head));
            co_return;
        }
        std::size_t limit = plan_.body_limit.value_or(settings().body_limit);
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
            } else if (event == ParseEvent::need_input) {
                clock_.enter(Phase::body, settings().silence_timeout);
                std::size_t expected = expected_of(parser);
                if (ClientConnection::is_large(expected)) {
                    co_await connection.fill(expected);
                } else {
                    net::ReceivedBytes received = co_await connection.receive();
                    connection.take(std::move(received));
                }
            }
        }
        if (parser.keep_alive() && !parser.upgraded() && connection.clean())
            lease_.finish();
        else
            lease_.discard();
        answer_ = Response(std::move(head), std::move(body));
    }

private:
    const ClientSettings& settings() const noexcept { return core_.settings(); }

    bool connection_is_fresh() const noexcept {
        const ClientConnection* connection = lease_.connection();
        if (connection == nullptr || plan_.generated) return false; // a body that can be sent once is not sent for luck
        return connection->idle_since + trusted_idle_time >= Reactor::current().now();
    }

    // Makes sure of a connection that was idle for a while, or opens one.
    Task<> open_connection() {
        ClientConnection* connection = lease_.connection();
        if (connection != nullptr) {
            bool open = co_await connection->stream().still_open();
            if (!open) lease_.replace();
        }
        if (lease_.connection() == nullptr) {
            clock_.enter(Phase::connect, plan_.connect_timeout.value_or(settings().connect_timeout));
            lease_.hold(co_await core_.connect(url_));
        }
    }

    // The head, and the body that travels along.
    void send_head(ClientConnection& connection) {
        connection.parser().begin(plan_.method);
        clock_.enter(Phase::send, settings().silence_timeout);
        connection.stream().write_soon(serialise(plan_, url_, core_));
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

    // A redirect's own few words are read at once, so that its connection can be used again.
    bool will_be_followed(const ResponseHead& head) const {
        return is_redirect_status(head.status) && head.headers.contains("location") && plan_.redirects.value_or(0) != 0;
    }

    void stream_body(ResponseHead head) {
        lease_.connection()->keep_input();
        auto body = std::make_unique<StreamedBody>(plan_, std::move(lease_), url_, settings().silence_timeout);
        answer_ = Response(std::move(head), std::move(body));
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
    Pool::Lease lease_;
};

} // namespace

std::string serialise(const RequestPlan& plan, const Url& url, const ClientCore& core) {
    std::string out;
    bool body_travels_along = plan.body.size() <= small_body;
    out.reserve(256 + plan.headers.byte_size() + 4 * plan.headers.size() + url.target().size() +
                (body_travels_along ? plan.body.size() : 0));
    // A Url's parts need no second look, nor do the fields of Headers, nor a method that `prepare` has seen.
    out.append(plan.method).append(1, ' ').append(url.target()).append(" HTTP/1.1\r\nhost: ");
    out.append(plan.headers.get("host").value_or(url.authority())).append("\r\n");
    if (takes_default(plan, "user-agent")) out.append(core.user_agent_field());
    if (takes_default(plan, "accept")) out.append(any_type_accepted);
    for (Headers::Field field : plan.headers) {
        if (equal_ignoring_case(field.name, "host") || equal_ignoring_case(field.name, "content-length") ||
            equal_ignoring_case(field.name, "transfer-encoding"))
            continue; // said once, and by us
        out.append(field.name).append(": ").append(field.value).append("\r\n");
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

Task<> exchange(ClientCore& core, const RequestPlan& plan, const Url& url, Response& answer) {
    PhaseClock clock(plan.method, url.href());
    Exchange steps(core, plan, url, clock, answer);
    Task<> running = steps.run();
    Result<void> outcome = co_await detail::in_scope(clock.scope(), running);
    if (!outcome) clock.raise(outcome.failure());
}

} // namespace corduroy::http
