#include "http/streamed_body.hpp"

#include "http/phase_clock.hpp"
#include "http/request_plan.hpp"

#include <corduroy/async/in_scope.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <new>

namespace corduroy::http {

StreamedBody::StreamedBody(const RequestPlan& plan, Pool::Lease lease, const Url& url, const ClientSettings& settings,
                           int status)
    : core_(plan.client), lease_(std::move(lease)), method_(plan.method), url_(url.href()),
      silence_(plan.bounds->silence_timeout.value_or(settings.silence_timeout)), drain_limit_(settings.drain_limit),
      deadline_(plan.bounds->deadline), bound_(plan.bounds->timeout.value_or(Duration::zero())),
      trace_(plan.extras->trace), status_(status) {
    lease_.held_by(*this);
}

StreamedBody::~StreamedBody() {
    ClientConnection* connection = lease_.connection();
    if (connection != nullptr && connection->leave_body(drain_limit_)) lease_.finish();
}

std::string StreamedBody::describe() const { return "the unread answer to " + method_ + " " + url_; }

void StreamedBody::reactor_ends() noexcept {
    if (reading_) return;
    outlives_ = true;
    lease_.discard();
}

Task<std::string_view> StreamedBody::read_into(std::span<std::byte> room) {
    if (failure_) failure_.rethrow();
    if (outlives_)
        throw Error({method_, url_, Phase::body},
                    "the reactor of its connection has ended; a body is read before that, or not at all");
    if (lease_.connection() == nullptr) co_return std::string_view();
    PhaseClock clock(method_, url_);
    TimePoint silent_until = later(Reactor::current().now(), silence_);
    if (deadline_ && *deadline_ < silent_until)
        clock.enter_until(Phase::body, *deadline_, bound_);
    else
        clock.enter(Phase::body, silence_);
    Task<std::string_view> running = next_piece(room);
    reading_ = true;
    auto outcome = co_await detail::in_scope(clock.scope(), running);
    reading_ = false;
    if (outcome) co_return *outcome;
    failure_ = outcome.failure(); // should there be no memory for better words
    lease_.discard();
    try {
        clock.raise(outcome.failure());
    } catch (const corduroy::Error& error) {
        failure_ = Failure::current();
        tell(TraceStep::failed, 0, error.what());
        throw;
    } catch (const std::bad_alloc&) {
        failure_ = Failure::current();
        throw;
    } catch (...) { // cancelled from outside, which is over when the next one asks
        failure_ = Failure::of(Error({method_, url_, Phase::body}, "reading the body was given up before its end"));
        throw;
    }
}

void StreamedBody::tell(TraceStep step, std::uint64_t bytes, std::string_view detail) const {
    const Trace& of_client = core_->settings().trace;
    if (!trace_ && !of_client) return;
    TraceEvent event{step, Reactor::current().now(), method_, url_, status_, bytes, detail};
    if (trace_) trace_(event);
    if (of_client) of_client(event);
}

Task<std::string_view> StreamedBody::next_piece(std::span<std::byte> room) {
    ClientConnection& connection = *lease_.connection();
    ResponseParser& parser = connection.parser();
    for (;;) {
        ParseEvent event = connection.parse();
        if (event == ParseEvent::body) {
            tell(TraceStep::chunk, parser.body().size());
            co_return parser.body();
        }
        if (event == ParseEvent::complete) break;
        // Never into a buffer of the reactor's: who reads a stream may be slow.
        if (event == ParseEvent::need_input) {
            std::size_t expected = expected_of(parser);
            // Nothing but the body may lie in memory of the caller's, which may be gone when the rest is parsed.
            room = parser.content_length() ? room.first(std::min(room.size(), expected)) : std::span<std::byte>();
            co_await connection.fill(std::max<std::size_t>(expected, 32 * 1024), room);
        }
    }
    tell(TraceStep::done, parser.body_received());
    if (!parser.trailers().empty()) trailers_ = std::move(parser.trailers());
    if (connection.can_be_kept())
        lease_.finish();
    else
        lease_.discard();
    co_return std::string_view();
}

} // namespace corduroy::http
