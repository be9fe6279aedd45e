#include "http/client_connection.hpp"

#include <algorithm>

namespace corduroy::http {

namespace {

constexpr std::size_t large_read = 256 * 1024;

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Task<> ClientConnection::fill(std::size_t expected) {
    if (!is_large(expected)) {
        net::ReceivedBytes received = co_await receive();
        take(std::move(received));
    } else {
        lent_.release();
        own_.resize(std::clamp(expected, small_read, large_read));
        std::size_t count = co_await stream_->read_some(own_);
        input_ = as_text(std::span(own_).first(count));
        ended_ = input_.empty();
    }
}

void ClientConnection::take(net::ReceivedBytes received) noexcept {
    lent_ = std::move(received);
    input_ = as_text(lent_.bytes());
    ended_ = input_.empty();
}

void ClientConnection::keep_input() {
    if (lent_.bytes().empty()) return;
    own_.assign(reinterpret_cast<const std::byte*>(input_.data()),
                reinterpret_cast<const std::byte*>(input_.data()) + input_.size());
    input_ = as_text(own_);
    lent_ = {};
}

std::optional<bool> ClientConnection::drain_received(std::size_t& limit) {
    for (;;) {
        ParseEvent event = parse();
        if (event == ParseEvent::need_input) return std::nullopt;
        if (event == ParseEvent::complete) return can_be_kept();
        if (event != ParseEvent::body) continue;
        if (parser_.body().size() > limit) return false;
        limit -= parser_.body().size();
    }
}

Task<bool> ClientConnection::drain(std::size_t limit) {
    for (;;) {
        std::optional<bool> drained = drain_received(limit);
        if (drained) {
            undrained = false;
            co_return *drained;
        }
        net::ReceivedBytes received = co_await receive();
        take(std::move(received));
    }
}

void ClientConnection::rest() noexcept {
    if (undrained) return keep_input();
    lent_ = {};
    own_ = {};
    input_ = {};
}

} // namespace corduroy::http
