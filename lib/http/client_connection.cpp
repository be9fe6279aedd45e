#include "http/client_connection.hpp"

#include <algorithm>

namespace corduroy::http {

namespace {

constexpr std::size_t small_read = 16 * 1024;
constexpr std::size_t large_read = 256 * 1024;

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Task<ParseEvent> ClientConnection::next(std::size_t expected) {
    for (;;) {
        if (ended_) co_return parser_.finish();
        ParseEvent event = parser_.next(input_);
        if (event != ParseEvent::need_input) co_return event;
        co_await fill(expected);
    }
}

Task<> ClientConnection::fill(std::size_t expected) {
    lent_ = {};
    if (expected <= small_read) {
        lent_ = co_await stream_->receive();
        input_ = as_text(lent_.bytes());
    } else {
        own_.resize(std::clamp(expected, small_read, large_read));
        std::size_t count = co_await stream_->read_some(own_);
        input_ = as_text(std::span(own_).first(count));
    }
    ended_ = input_.empty();
}

void ClientConnection::keep_input() {
    if (lent_.bytes().empty()) return;
    own_.assign(reinterpret_cast<const std::byte*>(input_.data()),
                reinterpret_cast<const std::byte*>(input_.data()) + input_.size());
    input_ = as_text(own_);
    lent_ = {};
}

void ClientConnection::rest() noexcept {
    lent_ = {};
    own_ = {};
    input_ = {};
}

} // namespace corduroy::http
