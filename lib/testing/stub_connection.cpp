#include "testing/stub_connection.hpp"

#include "testing/memory_end.hpp"
#include "testing/stub_core.hpp"

#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <string_view>
#include <utility>

namespace corduroy::testing {

StubConnection::StubConnection(StubCore& core, std::string origin, const MemoryConnection& flow)
    : core_(core), origin_(std::move(origin)), to_server_(std::make_shared<MemoryPipe>(flow.to_second)),
      to_client_(std::make_shared<MemoryPipe>(flow.to_first)) {
    to_server_->on_change = [this] { take(); };
    to_client_->on_change = [this] {
        if (client_gone()) close(0);
    };
}

StubConnection::~StubConnection() {
    close(0);
    to_server_->on_change = {};
    to_client_->on_change = {};
}

std::unique_ptr<net::ByteStream> StubConnection::client_end(const MemoryConnection& flow) const {
    return std::make_unique<MemoryEnd>(to_client_, to_server_, flow.first, flow.second);
}

void StubConnection::take() {
    if (closed_) return;
    while (to_server_->readable() > 0) {
        std::size_t before = input_.size();
        input_.resize(before + to_server_->readable());
        to_server_->read(std::as_writable_bytes(std::span(input_)).subspan(before));
    }
    if (steps_.empty()) parse();
}

// Reads requests, as long as none is being answered.
void StubConnection::parse() {
    std::string_view rest = input_;
    try {
        while (!closed_ && steps_.empty()) {
            http::ParseEvent event = parser_.next(rest);
            if (event == http::ParseEvent::need_input) break;
            if (event == http::ParseEvent::head) {
                http::RequestHead& head = parser_.head();
                head_ = head;
                request_ = {head.method, origin_ + head.target, head.headers, {}};
                if (parser_.expects_continue()) to_client_->put("HTTP/1.1 100 Continue\r\n\r\n");
            } else if (event == http::ParseEvent::body) {
                request_.body += parser_.body();
            } else if (event == http::ParseEvent::complete) {
                bool keep = parser_.keep_alive();
                parser_.begin();
                if (core_.is_for_handler(request_)) {
                    ask_handler(keep);
                } else {
                    std::string method = request_.method;
                    append_answer(core_.answer(std::exchange(request_, {})), method, keep);
                    act();
                }
            }
        }
    } catch (const http::Error& error) {
        core_.answer({"(no request)", origin_ + ": " + error.what(), {}, {}});
        close(ECONNRESET);
    }
    input_.erase(0, input_.size() - rest.size());
}

void StubConnection::append_answer(const StubAnswer& answer, const std::string& method, bool keep) {
    for (auto& step : answer.steps(method)) steps_.push_back(std::move(step));
    if (!keep) steps_.push_back({StubAnswer::Step::Kind::close, {}, {}});
}

void StubConnection::ask_handler(bool keep) {
    steps_.push_back({StubAnswer::Step::Kind::silence, {}, {}}); // until it has answered, so that no request is read
    http::Request request(std::move(head_), request_.body);
    std::string method = request_.method;
    auto answered = [self = std::weak_ptr(self_), method, keep](Result<StubAnswer> answer) {
        auto kept = self.lock();
        if (!kept || !answer) return; // the connection has gone, which was the handler's end
        StubConnection& connection = **kept;
        connection.handling_.reset();
        connection.steps_.pop_front();
        connection.append_answer(*answer, method, keep);
        connection.act();
        if (connection.steps_.empty()) connection.parse();
    };
    handling_ = ensure_deferred(core_.ask_handler(std::exchange(request_, {}), std::move(request))).add_both(answered);
}

void StubConnection::act() {
    using Kind = StubAnswer::Step::Kind;
    while (!closed_ && !steps_.empty()) {
        if (steps_.front().kind == Kind::silence) return; // which is never left
        StubAnswer::Step step = std::move(steps_.front());
        steps_.pop_front();
        switch (step.kind) {
        case Kind::bytes:
            to_client_->part();
            to_client_->put(step.bytes);
            break;
        case Kind::pause:
            steps_.push_front({}); // so that no request is read meanwhile
            pause_ = Reactor::current().call_later(step.time, [this] {
                pause_ = {};
                steps_.pop_front();
                act();
                if (steps_.empty()) parse();
            });
            return;
        case Kind::close:
            return close(0);
        case Kind::reset:
            return close(ECONNRESET);
        case Kind::silence:
            break;
        }
    }
}

void StubConnection::close(int error) noexcept {
    if (std::exchange(closed_, true)) return;
    if (handling_) std::exchange(handling_, std::nullopt)->cancel();
    if (pause_.active()) pause_.cancel();
    pause_ = {};
    to_server_->close_reading();
    // An answer is given whole before an orderly end, however little of it the client has taken yet.
    if (error == 0)
        to_client_->end();
    else
        to_client_->close_writing(error);
}

} // namespace corduroy::testing
