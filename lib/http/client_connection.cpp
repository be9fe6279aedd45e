#include "http/client_connection.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>

namespace corduroy::http {

namespace {

constexpr std::size_t large_read = 256 * 1024;

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

Task<> ClientConnection::fill(std::size_t expected, std::span<std::byte> room) {
    if (!is_large(expected)) {
        net::ReceivedBytes received = co_await receive();
        take(std::move(received));
    } else {
        lent_.release();
        std::span<std::byte> into = room.empty() ? own(std::clamp(expected, small_read, large_read)) : room;
        std::size_t count = co_await stream_->read_some(into);
        input_ = as_text(into.first(count));
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
    std::span<std::byte> kept = own(input_.size());
    if (!input_.empty()) std::memcpy(kept.data(), input_.data(), input_.size());
    input_ = as_text(kept);
    lent_ = {};
}

void ClientConnection::add(const net::ReceivedBytes& received) {
    std::span<const std::byte> more = received.bytes();
    std::size_t begin =
        input_.empty() ? 0 : static_cast<std::size_t>(std::as_bytes(std::span(input_)).data() - own_.get());
    if (own_size_ - begin - input_.size() < more.size()) {
        std::size_t size = std::max(input_.size() + more.size(), 2 * own_size_);
        auto larger = std::make_unique_for_overwrite<std::byte[]>(size);
        if (!input_.empty()) std::memcpy(larger.get(), input_.data(), input_.size());
        own_ = std::move(larger);
        own_size_ = size;
        begin = 0;
    }
    if (!more.empty()) std::memcpy(own_.get() + begin + input_.size(), more.data(), more.size());
    input_ = as_text({own_.get() + begin, input_.size() + more.size()});
}

std::span<std::byte> ClientConnection::own(std::size_t size) {
    if (size > own_size_) {
        own_ = std::make_unique_for_overwrite<std::byte[]>(size);
        own_size_ = size;
    }
    return {own_.get(), size};
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

bool ClientConnection::leave_body(std::size_t limit) noexcept {
    if (spent_ || !parser_.keep_alive()) return false;
    std::uint64_t size = parser_.content_length().value_or(0);
    if (size > parser_.body_received() && size - parser_.body_received() > limit) return false;
    try {
        std::size_t left = limit;
        std::optional<bool> received = drain_received(left);
        undrained = !received;
        return received.value_or(limit != 0);
    } catch (const std::exception&) { // what came was no HTTP, or there is no memory to tell
        return false;
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
    own_.reset();
    own_size_ = 0;
    input_ = {};
}

} // namespace corduroy::http
