#pragma once

#include <corduroy/async/sync/exchange.hpp>

#include <cstddef>
#include <cstdint>

namespace corduroy {

// What a channel is doing (trio's MemoryChannelStatistics).
struct ChannelStatistics {
    std::size_t buffered; // items sent and not yet received
    std::size_t capacity;
    std::size_t senders; // open ends
    std::size_t receivers;
    std::size_t waiting_senders; // coroutines
    std::size_t waiting_receivers;
};

namespace detail {

// What an end of a channel does.
enum class ChannelSide : unsigned char { sends, receives };

// What the ends of a channel share; it goes with the last of them.
template <class T>
class ChannelState {
public:
    explicit ChannelState(std::size_t capacity) noexcept : exchange("a Channel", capacity) {}

    // Each end has a number of its own, which says in the exchange who waits by it.
    std::uint64_t open(ChannelSide side) noexcept {
        exchange.check_thread();
        ++open_ends(side);
        ++references_;
        return ++last_end_;
    }
    void close(ChannelSide side, std::uint64_t end) noexcept {
        exchange.check_thread();
        bool last = --open_ends(side) == 0;
        if (side == ChannelSide::sends) {
            exchange.cut_sender(end);
            if (last) exchange.end_gets();
        } else {
            exchange.cut_receiver(end);
            if (last) exchange.drop_all(); // items too may hold ends of this channel
        }
        if (--references_ == 0) delete this;
    }

    ChannelStatistics statistics() const noexcept {
        return {exchange.size(), exchange.capacity(),     senders_,
                receivers_,      exchange.waiting_puts(), exchange.waiting_gets()};
    }

    Exchange<T> exchange;

private:
    ~ChannelState() = default;

    std::size_t& open_ends(ChannelSide side) noexcept { return side == ChannelSide::sends ? senders_ : receivers_; }

    std::size_t senders_ = 0;
    std::size_t receivers_ = 0;
    std::size_t references_ = 0; // as many, but for an end that is being closed
    std::uint64_t last_end_ = 0;
};

} // namespace detail

} // namespace corduroy
