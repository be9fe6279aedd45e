#include "testing/tapped_stream.hpp"

#include <corduroy/base/error.hpp>

#include <utility>

namespace corduroy::testing {

namespace {

std::string_view text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Task<std::size_t> TappedStream::read_some(std::span<std::byte> into, std::source_location site) {
    std::size_t count = 0;
    try {
        count = co_await below_->read_some(into, site);
    } catch (const IoError&) {
        lost(TapedExchange::Ending::reset);
        throw;
    }
    if (count > 0)
        received(text(into.first(count)));
    else if (!into.empty())
        ended();
    co_return count;
}

Task<net::ReceivedBytes> TappedStream::receive(std::source_location site) {
    net::ReceivedBytes bytes;
    try {
        bytes = co_await below_->receive(site);
    } catch (const IoError&) {
        lost(TapedExchange::Ending::reset);
        throw;
    }
    if (bytes.empty())
        ended();
    else
        received(bytes.text());
    co_return bytes;
}

Task<> TappedStream::write_all(std::span<const std::byte> bytes, std::source_location site) {
    sent(text(bytes));
    return below_->write_all(bytes, site);
}

void TappedStream::write_soon(std::string bytes) {
    sent(bytes);
    below_->write_soon(std::move(bytes));
}

void TappedStream::sent(std::string_view bytes) noexcept {
    if (deaf_) return;
    try {
        take_request(bytes);
    } catch (...) {
        deaf_ = true;
    }
}

void TappedStream::received(std::string_view bytes) noexcept {
    if (deaf_) return;
    try {
        take_answer(bytes);
    } catch (...) {
        deaf_ = true;
    }
}

void TappedStream::take_request(std::string_view bytes) {
    for (;;) {
        switch (requests_.next(bytes)) {
        case http::ParseEvent::need_input:
            return;
        case http::ParseEvent::head: {
            const http::RequestHead& head = requests_.head();
            sending_ =
                recorder_->begin({head.method, origin_ + head.target, recorder_->without_secrets(head.headers), {}});
            waiting_.push_back(sending_); // an answer may come before the end of the request
            break;
        }
        case http::ParseEvent::body:
            recorder_->at(sending_).request.body += requests_.body();
            break;
        case http::ParseEvent::complete:
            requests_.begin();
            break;
        default:
            break;
        }
    }
}

void TappedStream::take_answer(std::string_view bytes) {
    while (!waiting_.empty()) {
        TapedExchange& exchange = recorder_->at(waiting_.front());
        if (!std::exchange(in_answer_, true)) answers_.begin(exchange.request.method);
        switch (answers_.next(bytes)) {
        case http::ParseEvent::need_input:
            return;
        case http::ParseEvent::head: {
            const http::ResponseHead& head = answers_.head();
            exchange.status = head.status;
            exchange.reason = head.reason;
            exchange.headers = recorder_->without_secrets(head.headers);
            break;
        }
        case http::ParseEvent::body:
            exchange.body += answers_.body();
            break;
        case http::ParseEvent::complete:
            exchange.ending = TapedExchange::Ending::whole;
            waiting_.pop_front();
            in_answer_ = false;
            deaf_ = answers_.upgraded();
            if (deaf_) return;
            break;
        default:
            break;
        }
    }
}

// The end may be the end of an answer.
void TappedStream::ended() noexcept {
    if (in_answer_ && !deaf_ && !waiting_.empty()) {
        try {
            if (answers_.finish() == http::ParseEvent::complete) {
                recorder_->at(waiting_.front()).ending = TapedExchange::Ending::whole;
                waiting_.pop_front();
            }
        } catch (...) {
            deaf_ = true; // it was cut short
        }
    }
    lost(TapedExchange::Ending::closed);
}

void TappedStream::lost(TapedExchange::Ending how) noexcept {
    for (std::size_t number : std::exchange(waiting_, {})) recorder_->at(number).ending = how;
}

} // namespace corduroy::testing
