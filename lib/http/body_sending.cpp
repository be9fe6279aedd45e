#include "http/body_sending.hpp"

#include "http/generated_body.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/first_completed.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace corduroy::http {

namespace {

// What is written at once, for which there is the time of silence: on a slow line a large piece would take all of it.
constexpr std::size_t send_piece = 64 * 1024;

// What may be kept of an answer beside its body: the sizes of chunks, trailers.
constexpr std::size_t framing_room = 64 * 1024;

[[noreturn]] void raise_wrong_size(std::string_view how, std::uint64_t size) {
    throw Error({{}, {}, Phase::send},
                "the body is " + std::string(how) + " than the " + std::to_string(size) + " bytes that were announced");
}

// So that of two that end in the same turn neither's failure is lost.
Task<> keep_outcome(Task<> task, Result<void>& outcome) { outcome = co_await attempt(std::move(task)); }

} // namespace

bool find_head(ClientConnection& connection, const RequestPlan& plan, bool* may_continue) {
    for (;;) {
        ParseEvent event = connection.parse();
        if (event == ParseEvent::head) return true;
        if (event == ParseEvent::need_input) return false;
        if (event != ParseEvent::interim) continue;
        const ResponseHead& head = connection.parser().head();
        if (plan.extras->interim) plan.extras->interim(head);
        if (head.status == 100 && may_continue != nullptr) *may_continue = true;
    }
}

Task<> BodySending::run(std::optional<Duration> wait) {
    if (wait) {
        clock_.enter(Phase::head, silence_ < Duration::max() - *wait ? *wait + silence_ : Duration::max());
        bool told = co_await move_on_after(*wait, watch(true));
        static_cast<void>(told); // who says nothing gets the body
    }
    // What came in place of the 100 says all that there is to say.
    if (!answered() || (may_continue_ && has_success())) {
        Result<void> sent;
        Result<void> watched;
        Task<> sending = keep_outcome(send(), sent);
        Task<> watching = keep_outcome(watch(false), watched);
        co_await first_completed(std::move(sending), std::move(watching));
        if (!sent) sent.failure().rethrow();
        if (!watched) watched.failure().rethrow();
        if (answered() && has_success() && !has_framing() && !has_given_all()) raise_cut_answer();
    }
    if (!complete_) connection_.spend();
}

// A server that closes what it has not read may lose the last of what it has said, and here its end alone tells that
// there was no more.
void BodySending::raise_cut_answer() const {
    raise_failure();
    throw Error({{}, {}, Phase::body},
                "the server closed the connection before it had read the request's body, and its answer has no length");
}

// Its size may have been given before its generator ends.
bool BodySending::has_given_all() const noexcept {
    return complete_ || (plan_.content->generated && plan_.content->generated->size == sent_);
}

bool BodySending::has_success() const noexcept { return connection_.parser().head().status < 300; }

// Receives until there is a head; with one that does not end the sending until the server's end.
Task<> BodySending::watch(bool until_continue) {
    while (!answered()) {
        if (find_head(connection_, plan_, &may_continue_)) answered_at_ = Reactor::current().now();
        if (answered() || (until_continue && may_continue_)) break;
        net::ReceivedBytes received = co_await connection_.receive();
        connection_.take(std::move(received));
    }
    if (answered() && has_success() && !until_continue) co_await keep_answer();
}

Task<> BodySending::keep_answer() {
    for (;;) {
        std::size_t size = connection_.input().size();
        if (size > kept_limit_ && size - kept_limit_ > framing_room)
            throw TooLarge({{}, {}, Phase::body},
                           "the body that came while the request's was being sent is larger than " +
                               std::to_string(kept_limit_) + " bytes",
                           kept_limit_);
        connection_.keep_input();
        auto received = co_await attempt(connection_.receive());
        if (!received) {
            // What is there may be all of it; if not, whoever reads it finds its end missing.
            if (received.failure().check<corduroy::Error>() && has_framing()) co_return;
            received.failure().rethrow();
        }
        if (received->empty()) co_return; // whoever reads on is told so, too
        connection_.add(*received);
    }
}

// Whether the answer itself tells where it ends.
bool BodySending::has_framing() const noexcept { return connection_.parser().framing() != BodyFraming::until_close; }

Task<> BodySending::send() {
    Task<> sending = plan_.content->generated ? send_generated() : write(plan_.content->body);
    co_await std::move(sending);
    complete_ = static_cast<bool>(taken_);
    if (complete_ && !plan_.content->generated) sent_ = plan_.content->body.size();
}

Task<> BodySending::send_generated() {
    GeneratedBody& body = *plan_.content->generated;
    AsyncGenerator<std::string>& pieces = body.begin();
    std::uint64_t left = body.size.value_or(0);
    std::string chunk;
    for (;;) {
        clock_.pause(); // the generator may take its time
        auto piece = co_await pieces.next();
        if (!piece) break;
        if (body.size && piece->size() > left) {
            if (!body.may_grow) raise_wrong_size("longer", *body.size);
            piece->resize(static_cast<std::size_t>(left));
            if (left == 0) break;
        }
        left -= piece->size();
        if (!body.size) {
            chunk.clear();
            append_chunk(chunk, *piece);
        }
        co_await write(body.size ? *piece : chunk);
        if (!taken_) co_return;
        sent_ += piece->size();
    }
    if (body.size && left != 0) raise_wrong_size("shorter", *body.size);
    if (!body.size) connection_.stream().write_soon(std::string(end_of_chunks));
}

Task<> BodySending::write(std::string_view bytes) {
    while (!bytes.empty()) {
        std::string_view piece = bytes.substr(0, send_piece);
        bytes.remove_prefix(piece.size());
        clock_.enter(Phase::send, silence_);
        Task<> writing = connection_.stream().write_all(std::as_bytes(std::span(piece)));
        taken_ = co_await attempt(std::move(writing));
        if (taken_) continue;
        // It is for the server's answer to explain why it takes no more, but not why we could not send.
        if (!taken_.failure().check<corduroy::Error>()) taken_.failure().rethrow();
        co_return;
    }
}

} // namespace corduroy::http
