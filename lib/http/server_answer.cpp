#include "http/server_connection.hpp"

#include <corduroy/async/in_scope.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace corduroy::http {

namespace {

// Bodies up to this size travel with the head, in one buffer and one send.
constexpr std::size_t small_answer = 64 * 1024;
// Of larger ones so much is given to the system at a time; each piece is progress to the client's silence.
constexpr std::size_t answer_piece = 128 * 1024;

Response one_line(int status, std::string_view line) { return Response(status, std::string(line) + "\n"); }

} // namespace

std::optional<Response> ServerConnection::answer_to(const Failure& failure) {
    if (failure.cancelled() && writing_.cancelled()) return std::nullopt; // the client has gone, or the server stops
    try {
        failure.rethrow();
    } catch (const StatusError& error) {
        if (error.url().empty()) return Response(error.status(), error.body());
    } catch (const http::Error& error) {
        if (body_failed_) return one_line(parser_.refusal_status(), error.reason());
        if (failure.check<TooLarge>() && error.url().empty()) return one_line(413, error.reason());
    } catch (const TimeoutError&) {
        if (body_failed_) return one_line(408, "the body took too long");
    } catch (const IoError&) {
        if (body_failed_) return std::nullopt; // the client has gone
    } catch (...) {
    }
    report(failure);
    return one_line(500, reason_phrase(500));
}

AnswerPlan ServerConnection::compose(Response& answer, std::string& out) {
    std::string_view method = to_head_ ? "HEAD" : "";
    bool could_go_on = parser_.keep_alive() && !core_.stopping() && can_drain();
    AnswerPlan how;
    try {
        how = plan_answer(answer, method, version_, could_go_on);
        append_head(out, answer, how);
    } catch (const corduroy::Error&) {
        report(Failure::current());
        answer = one_line(500, reason_phrase(500));
        how = plan_answer(answer, method, version_, could_go_on);
        out.clear();
        append_head(out, answer, how);
    }
    keep_alive_ = how.keep_alive;
    return how;
}

void ServerConnection::append_head(std::string& out, const Response& answer, const AnswerPlan& how) {
    const Headers& headers = answer.headers();
    std::size_t body = travels_with_head(answer) ? answer.bytes().size() : 0;
    out.reserve(192 + answer.reason().size() + headers.byte_size() + 4 * headers.size() + body);
    append_answer_head(out, answer, how, core_.date_line());
}

bool ServerConnection::travels_with_head(const Response& answer) noexcept {
    return !answer.streamed() && answer.bytes().size() <= small_answer;
}

void ServerConnection::queue(std::string bytes) {
    unflushed_ += bytes.size();
    stream_->write_soon(std::move(bytes));
}

Task<bool> ServerConnection::send_body(Response& answer, AnswerPlan how, ClientWatch& watch) {
    if (how.framing == BodyFraming::none) co_return true;
    if (answer.streamed()) watch.begin(); // its source may wait for ever
    Task<> sending = answer.streamed() ? send_streamed(answer, how) : send_large(answer.bytes());
    bool sent = co_await run_writing(std::move(sending));
    watch.end();
    co_return sent;
}

Task<bool> ServerConnection::flush() {
    set_deadline(writing_, core_.settings().silence_timeout);
    bool flushed = co_await run_writing(stream_->flush());
    unflushed_ = 0;
    co_return flushed;
}

Task<bool> ServerConnection::run_writing(Task<> writing) {
    auto outcome = co_await detail::in_scope(writing_, writing);
    writing_.set_deadline(std::nullopt);
    if (!outcome && in_source_ && !writing_.cancelled()) report(outcome.failure());
    co_return outcome.has_value();
}

Task<> ServerConnection::send_large(std::string_view body) {
    while (!body.empty()) {
        std::string_view piece = body.substr(0, answer_piece);
        body.remove_prefix(piece.size());
        co_await write(piece);
    }
}

Task<> ServerConnection::send_streamed(Response& answer, AnswerPlan how) {
    std::unique_ptr<BodyReader> source = answer.take_reader();
    std::uint64_t left = how.content_length.value_or(0);
    std::string chunk;
    for (;;) {
        writing_.set_deadline(std::nullopt); // the source may take its time
        in_source_ = true;
        std::string_view piece = co_await source->read();
        if (how.framing == BodyFraming::sized && (piece.size() > left || (piece.empty() && left != 0)))
            throw corduroy::Error("the body of the answer is " + std::string(piece.empty() ? "shorter" : "longer") +
                                  " than its Content-Length of " + std::to_string(*how.content_length));
        left -= piece.size();
        in_source_ = false;
        if (piece.empty()) break;
        if (how.framing != BodyFraming::chunked) {
            co_await send_large(piece);
            continue;
        }
        while (!piece.empty()) {
            std::string_view part = piece.substr(0, answer_piece);
            piece.remove_prefix(part.size());
            chunk.clear();
            append_chunk(chunk, part);
            co_await write(chunk);
        }
    }
    if (how.framing == BodyFraming::chunked) queue(std::string(end_of_chunks));
}

Task<> ServerConnection::write(std::string_view bytes) {
    set_deadline(writing_, core_.settings().silence_timeout);
    co_await stream_->write_all(std::as_bytes(std::span(bytes)));
    unflushed_ = 0;
}

void ServerConnection::refuse(int status, std::string_view reason) {
    Reactor::current().log(LogLevel::debug, "http", [&] {
        return client() + "refused by " + std::to_string(status) + ": " + std::string(reason);
    });
    Response answer = one_line(status, reason);
    AnswerPlan how = plan_answer(answer, {}, Version::http_1_1, false);
    std::string out;
    append_head(out, answer, how);
    out += answer.bytes();
    queue(std::move(out));
    ending_ = Ending::linger;
}

void ServerConnection::report(const Failure& failure) const {
    Reactor::current().report_unhandled(failure, "answering " + request_line());
}

std::string ServerConnection::request_line() const {
    // A handler that took the request by value has its head.
    if (request_.method().empty()) return "a request";
    return request_.method() + " " + std::string(request_.path());
}

} // namespace corduroy::http
