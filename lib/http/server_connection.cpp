#include "http/server_connection.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

namespace corduroy::http {

namespace {

// More than this to come of a body is read into a large buffer, less into one that the reactor lends.
constexpr std::size_t small_read = 16 * 1024;
constexpr std::size_t large_request_read = 256 * 1024;
// Room for so much of a body is made before it has come, if its request says that it has so much.
constexpr std::uint64_t most_reserved = 1024 * 1024;
// What a connection may keep of a body's memory for the next request.
constexpr std::size_t kept_body = 16 * 1024;
// With more than this queued the next request waits until the client has taken it.
constexpr std::size_t flush_beyond = 64 * 1024;

} // namespace

ServerConnection::ServerConnection(ServerCore& core, std::unique_ptr<net::ByteStream> stream)
    : core_(core), stream_(std::move(stream)), parser_(core.settings().codec),
      reading_(&core.clients_scope(), CancelScope::Shield::no),
      writing_(&core.clients_scope(), CancelScope::Shield::no) {
    request_.peer_ = stream_->peer_address();
    core_.add(*this);
}

Task<> ServerConnection::serve(ServerCore& core, ServerCore::Place, std::unique_ptr<net::ByteStream> stream) {
    try {
        ServerConnection connection(core, std::move(stream));
        Task<> running = connection.run();
        auto outcome = co_await detail::in_scope(core.clients_scope(), running);
        if (!outcome && !outcome.failure().cancelled())
            Reactor::current().report_unhandled(outcome.failure(), "serving a connection");
    } catch (const std::bad_alloc&) {
        core.tell_shed(Failure::current());
    }
}

void ServerConnection::stop_if_idle() noexcept {
    if (stage_ == Stage::idle) reading_.cancel();
}

Task<> ServerConnection::run() {
    Task<> exchanging = exchange_watched();
    auto outcome = co_await detail::in_scope(reading_, exchanging);
    reading_.set_deadline(std::nullopt);
    if (!outcome) judge(outcome.failure());
    if (ending_ == Ending::drop) co_return;
    // The client's loss if it fails: all that there was to say has been said.
    Task<> leaving = leave();
    auto left = co_await detail::in_scope(writing_, leaving);
    if (!left && !left.failure().check<corduroy::Error, Cancelled>()) report(left.failure());
}

Task<> ServerConnection::exchange_watched() {
    auto body = [this](TaskGroup& group) -> Task<> {
        ClientWatch watch(*stream_, group, writing_, core_.settings().gone_sign);
        co_await exchange_all(watch);
        group.cancel(); // the watch
    };
    co_await with_task_group(body);
}

Task<> ServerConnection::exchange_all(ClientWatch& watch) {
    const ServerSettings& settings = core_.settings();
    set_deadline(reading_, settings.head_timeout);
    for (;;) {
        stage_ = Stage::idle;
        if (core_.stopping()) {
            ending_ = Ending::close;
            co_return;
        }
        if (began_) set_deadline(reading_, settings.idle_timeout);
        for (;;) {
            ParseEvent event = input_ended_ ? parser_.finish() : parser_.next(input_);
            if (event == ParseEvent::head) break;
            if (event == ParseEvent::end) {
                ending_ = Ending::close;
                co_return;
            }
            if (stage_ == Stage::idle && parser_.started()) {
                stage_ = Stage::head;
                if (began_) set_deadline(reading_, settings.head_timeout);
            }
            lent_.release();
            net::ReceivedBytes received = co_await stream_->receive();
            lent_ = std::move(received);
            input_ = lent_.text();
            input_ended_ = input_.empty();
        }
        began_ = true;
        prepare_request();
        bool complete = settings.streamed || take_body();
        if (!complete) co_await read_rest_of_body();
        keep_input();

        stage_ = Stage::answer;
        reading_.set_deadline(std::nullopt);
        Task<Response> answering = core_.handle(request_);
        watch.begin();
        auto answered = co_await detail::in_scope(writing_, answering);
        watch.end();
        std::optional<Response> answer;
        if (answered)
            answer = std::move(answered).value();
        else
            answer = answer_to(answered.failure());
        if (watch.gone()) {
            Reactor::current().log(LogLevel::debug, "http",
                                   [&] { return client() + "went before " + request_line() + " was answered"; });
            co_return;
        }
        if (!answer) co_return;
        std::string out;
        AnswerPlan how = compose(*answer, out);
        Reactor::current().log(LogLevel::debug, "http",
                               [&] { return client() + request_line() + ": " + std::to_string(answer->status()); });
        if (travels_with_head(*answer)) {
            if (how.framing == BodyFraming::sized) out += answer->bytes();
            queue(std::move(out));
        } else {
            queue(std::move(out));
            bool sent = co_await send_body(*answer, how, watch);
            if (!sent) co_return;
        }
        if (!keep_alive_) {
            // A client that asked for the end sends no more; any other must be given the time to see the answer.
            ending_ = parser_.keep_alive() || !body_complete_ ? Ending::linger : Ending::close;
            co_return;
        }
        if (!body_complete_) co_await drain_body();
        if (unflushed_ > flush_beyond) {
            bool sent = co_await flush();
            if (!sent) co_return;
        }
        finish_request();
    }
}

void ServerConnection::prepare_request() {
    stage_ = Stage::body;
    std::swap(request_.head_, parser_.head());
    version_ = request_.head_.version;
    to_head_ = request_.head_.method == "HEAD";
    body_complete_ = parser_.framing() == BodyFraming::none || parser_.content_length() == 0u;
    may_continue_ = !parser_.expects_continue();
    // A tunnel is not what a handler could give.
    if (request_.head_.method == "CONNECT") throw Refusal{501, "CONNECT is not supported"};
    if (!core_.settings().streamed) {
        std::size_t limit = core_.settings().body_limit;
        if (parser_.content_length().value_or(0) > limit) refuse_large_body(limit);
        if (!body_complete_) let_client_continue();
    } else if (!body_complete_) {
        request_.reader_ = this;
    }
    if (body_complete_) static_cast<void>(take_body());
}

void ServerConnection::finish_request() noexcept {
    request_.reader_ = nullptr;
    request_.whole_given_ = false;
    request_.body_.clear();
    if (request_.body_.capacity() > kept_body) request_.body_ = std::string();
    if (kept_.capacity() > kept_body && input_.empty()) kept_ = std::string();
    if (input_.empty()) large_.reset();
    parser_.begin();
}

bool ServerConnection::take_body() {
    for (;;) {
        ParseEvent event = parser_.next(input_);
        if (event == ParseEvent::complete) {
            body_complete_ = true;
            return true;
        }
        if (event != ParseEvent::body) return false;
        std::size_t limit = core_.settings().body_limit;
        if (parser_.body().size() > limit - request_.body_.size()) refuse_large_body(limit);
        request_.body_ += parser_.body();
    }
}

Task<> ServerConnection::read_rest_of_body() {
    if (auto size = parser_.content_length())
        request_.body_.reserve(static_cast<std::size_t>(std::min(*size, most_reserved)));
    for (;;) {
        set_deadline(reading_, core_.settings().silence_timeout);
        co_await fill(body_to_come().value_or(0));
        bool complete = take_body();
        if (complete) co_return;
    }
}

// Reads the rest of a streamed body that the handler did not want, so that the next request can be read.
Task<> ServerConnection::drain_body() {
    for (;;) {
        ParseEvent event = parser_.next(input_);
        if (event == ParseEvent::complete) co_return;
        if (event == ParseEvent::body) continue;
        set_deadline(reading_, core_.settings().silence_timeout);
        co_await fill(0);
    }
}

Task<std::string_view> ServerConnection::read() {
    if (body_failed_) throw corduroy::Error("the body of a request was read again after reading it had failed");
    for (;;) {
        if (body_complete_) co_return std::string_view();
        ParseEvent event = next_of_streamed_body();
        if (event == ParseEvent::body) co_return parser_.body();
        if (event == ParseEvent::complete) continue;
        let_client_continue();
        Task<> filling = fill_streamed();
        auto filled = co_await attempt(timeout(core_.settings().silence_timeout, std::move(filling)));
        if (filled) continue;
        body_failed_ = true;
        filled.failure().rethrow();
    }
}

ParseEvent ServerConnection::next_of_streamed_body() {
    try {
        ParseEvent event = parser_.next(input_);
        body_complete_ = event == ParseEvent::complete;
        return event;
    } catch (...) {
        body_failed_ = true;
        throw;
    }
}

Task<> ServerConnection::fill_streamed() {
    try {
        co_await fill(std::max(body_to_come().value_or(large_request_read), small_read + 1));
    } catch (Cancelled& cancelled) {
        cancelled.during("reading the body of a request");
        throw;
    }
}

Task<> ServerConnection::fill(std::size_t expected) {
    lent_.release();
    if (expected <= small_read) {
        net::ReceivedBytes received = co_await stream_->receive();
        lent_ = std::move(received);
        input_ = lent_.text();
    } else {
        if (!large_) large_ = std::make_unique_for_overwrite<std::byte[]>(large_request_read);
        std::size_t count = co_await stream_->read_some({large_.get(), std::min(expected, large_request_read)});
        input_ = {reinterpret_cast<const char*>(large_.get()), count};
    }
    input_ended_ = input_.empty();
    if (input_ended_) static_cast<void>(parser_.finish()); // throws, for the body is not complete
}

// What was received beyond this request moves to memory of its own while others go on: loans are few.
void ServerConnection::keep_input() {
    if (lent_.empty()) return;
    if (!input_.empty()) {
        kept_.assign(input_);
        input_ = kept_;
    }
    lent_.release();
}

void ServerConnection::let_client_continue() {
    if (!std::exchange(may_continue_, true)) queue("HTTP/1.1 100 Continue\r\n\r\n");
}

std::optional<std::size_t> ServerConnection::body_to_come() const {
    auto size = parser_.content_length();
    if (!size) return std::nullopt;
    return static_cast<std::size_t>(*size - parser_.body_received());
}

bool ServerConnection::can_drain() const {
    if (body_complete_) return true;
    auto rest = body_to_come();
    return !body_failed_ && may_continue_ && rest && *rest <= core_.settings().drain_limit;
}

void ServerConnection::refuse_large_body(std::size_t limit) const {
    throw Refusal{413, "the body is larger than " + std::to_string(limit) + " bytes"};
}

// What ended the reading of requests.
void ServerConnection::judge(const Failure& failure) {
    if (stage_ == Stage::answer && failure.check<corduroy::Error, Cancelled>()) {
        // The answer was given; what failed was the draining of its request.
        ending_ = Ending::close;
        return;
    }
    try {
        failure.rethrow();
    } catch (const Refusal& refusal) {
        refuse(refusal.status, refusal.reason);
    } catch (const http::Error& error) {
        refuse(parser_.refusal_status(), error.reason());
    } catch (const IoError& error) { // the client has gone
        Reactor::current().log(LogLevel::debug, "http", [&] { return client() + error.what(); });
    } catch (const Cancelled&) {
        // Too slow, where something of a request had come; idle, or the grace time is over, otherwise.
        bool late = reading_.deadline_passed() && !core_.clients_scope().cancelled();
        if (late && stage_ != Stage::idle)
            refuse(408, stage_ == Stage::head ? "the head took too long" : "the body took too long");
        else
            ending_ = Ending::close;
    } catch (...) {
        Reactor::current().report_unhandled(failure, "serving a connection");
    }
}

Task<> ServerConnection::leave() {
    const ServerSettings& settings = core_.settings();
    lent_.release();
    set_deadline(writing_, settings.silence_timeout);
    co_await stream_->shutdown();
    if (ending_ != Ending::linger) co_return;
    set_deadline(writing_, settings.linger);
    for (std::size_t dropped = 0; dropped <= settings.linger_bytes;) {
        net::ReceivedBytes received = co_await stream_->receive();
        if (received.empty()) co_return;
        dropped += received.size();
    }
}

void ServerConnection::set_deadline(CancelScope& scope, Duration from_now) {
    scope.set_deadline(later(Reactor::current().now(), from_now));
}

} // namespace corduroy::http
