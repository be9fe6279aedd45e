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

// What the ends of a channel share; it goes with the last of them.
template <class T>
class ChannelState {
public:
    explicit ChannelState(std::size_t capacity) noexcept : exchange("a Channel", capacity) {}

    // Each end has a number of its own, which says in the exchange who waits by it.
    std::uint64_t open_sender() noexcept { return open(senders_); }
    std::uint64_t open_receiver() noexcept { return open(receivers_); }

    void close_sender(std::uint64_t end) noexcept {
        exchange.check_thread();
        exchange.cut_sender(end);
        if (--senders_ == 0) exchange.end_gets();
        release();
    }
    void close_receiver(std::uint64_t end) noexcept {
        exchange.check_thread();
        exchange.cut_receiver(end);
        if (--receivers_ == 0) exchange.drop_all(); // items too may hold ends of this channel
        release();
    }

    ChannelStatistics statistics() const noexcept {
        return {exchange.size(), exchange.capacity(),     senders_,
                receivers_,      exchange.waiting_puts(), exchange.waiting_gets()};
    }

    Exchange<T> exchange;

private:
    ~ChannelState() = default;

    std::uint64_t open(std::size_t& ends) noexcept {
        exchange.check_thread();
        ++ends;
        ++references_;
        return ++last_end_;
    }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    std::size_t senders_ = 0;
    std::size_t receivers_ = 0;
    std::size_t references_ = 0;
    std::uint64_t last_end_ = 0;
};

} // namespace detail

} // namespace corduroy
