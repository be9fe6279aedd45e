#pragma once

#include <corduroy/async/sync/channel_end.hpp>
#include <corduroy/async/sync/wait_builder.hpp>

#include <optional>
#include <utility>

namespace corduroy {

// The end of a Channel that receives (trio's MemoryReceiveChannel): Channel<T>::Receiver. Each item goes to one
// receiver. It is closed when it is destroyed; when all receivers are, what was sent and not received is destroyed, and
// those who send fail.
template <class T>
class ChannelReceiver : public detail::ChannelEnd<T, detail::ChannelSide::receives> {
    using End = detail::ChannelEnd<T, detail::ChannelSide::receives>;

public:
    class Receiving;
    class Advancing;

    // Gives the next item, and waits until there is one. Cancelled while it waits, it takes nothing with it and raises
    // `Cancelled`; cancelled when an item was handed to it already, it gives that, and `Cancelled` is raised by the
    // next await. Throws EndOfChannel where all senders are closed and nothing is left.
    WaitBuilder<Receiving, ChannelReceiver*> receive() noexcept { return {this}; }

    // The same as a std::optional<T>, which holds nothing at the end: for loops, `while (auto item = co_await
    // receiver.next())`.
    WaitBuilder<Advancing, ChannelReceiver*> next() noexcept { return {this}; }

    // The next item without waiting; nothing where there is none now. Throws EndOfChannel where there will be none.
    // (trio's receive_nowait, whose WouldBlock is this one's nothing.)
    std::optional<T> try_receive() {
        detail::Exchange<T>& exchange = this->state().exchange;
        if (exchange.over()) detail::raise(detail::Cut::nobody_sends);
        return exchange.try_get();
    }

    // Another receiver of the same channel, to be closed by itself.
    ChannelReceiver clone() const { return ChannelReceiver(this->state()); }

private:
    friend class Channel<T>;
    explicit ChannelReceiver(detail::ChannelState<T>& state) noexcept : End(state) {}
};

// The awaiter of `next`.
template <class T>
class ChannelReceiver<T>::Advancing : public detail::Exchange<T>::Getting {
public:
    explicit Advancing(ChannelReceiver* receiver) noexcept : receiver_(*receiver) {}
    bool await_ready() { return this->get_at_once(receiver_.state().exchange, receiver_.number()); }
    std::optional<T> await_resume() { return this->take(); }

private:
    ChannelReceiver& receiver_;
};

// The awaiter of `receive`.
template <class T>
class ChannelReceiver<T>::Receiving final : public Advancing {
public:
    using Advancing::Advancing;
    T await_resume() {
        std::optional<T> item = this->take();
        if (!item) detail::raise(detail::Cut::nobody_sends);
        return std::move(*item);
    }
};

} // namespace corduroy
