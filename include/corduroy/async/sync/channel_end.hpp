#pragma once

#include <corduroy/async/sync/channel_state.hpp>

#include <cstdint>
#include <utility>

namespace corduroy {

template <class T>
class Channel;

namespace detail {

// What both kinds of a channel's ends have in common.
template <class T, ChannelSide side>
class ChannelEnd {
public:
    ChannelEnd(ChannelEnd&& other) noexcept : state_(std::exchange(other.state_, nullptr)), number_(other.number_) {}
    ChannelEnd& operator=(ChannelEnd&& other) noexcept {
        ChannelEnd taken(std::move(other));
        std::swap(state_, taken.state_);
        std::swap(number_, taken.number_);
        return *this;
    }
    ~ChannelEnd() { close(); }

    // Closes this end, as its destruction does: who waits by it fails with a ClosedResourceError, and so does whoever
    // uses it from now on. Closing it again does nothing.
    void close() noexcept {
        if (state_ != nullptr) std::exchange(state_, nullptr)->close(side, number_);
    }
    bool closed() const noexcept { return state_ == nullptr; }

    ChannelStatistics statistics() const { return state().statistics(); }

protected:
    explicit ChannelEnd(ChannelState<T>& state) noexcept : state_(&state), number_(state.open(side)) {}

    // Throws a ClosedResourceError where this end is closed.
    ChannelState<T>& state() const {
        if (state_ == nullptr) [[unlikely]]
            raise(side == ChannelSide::sends ? Cut::sender_closed : Cut::receiver_closed);
        return *state_;
    }
    std::uint64_t number() const noexcept { return number_; }

private:
    ChannelState<T>* state_;
    std::uint64_t number_;
};

} // namespace detail

} // namespace corduroy
