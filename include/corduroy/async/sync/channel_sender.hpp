#pragma once

#include <corduroy/async/sync/channel_end.hpp>
#include <corduroy/async/sync/wait_builder.hpp>

#include <concepts>
#include <utility>

namespace corduroy {

// The end of a Channel that sends (trio's MemorySendChannel): Channel<T>::Sender. It is closed when it is destroyed;
// when all senders are, those who receive get what is left, and then the end.
template <class T>
class ChannelSender : public detail::ChannelEnd<T, detail::ChannelSide::sends> {
    using End = detail::ChannelEnd<T, detail::ChannelSide::sends>;

public:
    class Sending;

    // Sends an item, and waits until there is room in the channel, or somebody receives it. Cancelled while it waits,
    // the item is destroyed and `Cancelled` raised; once the item is on its way it returns, and `Cancelled` is raised
    // by the next await. Throws BrokenResourceError where all receivers are closed, or are meanwhile.
    WaitBuilder<Sending, ChannelSender*, T> send(T item) { return {this, std::move(item)}; }

    // Sends the item if that is possible without waiting, and tells whether it was; if not, the item is left as it is.
    // Throws as `send` does. (trio's send_nowait, whose WouldBlock is this one's false.)
    [[nodiscard]] bool try_send(T&& item) { return this->state().exchange.try_put(item); }
    [[nodiscard]] bool try_send(const T& item)
        requires std::copy_constructible<T>
    {
        T copy(item);
        return this->state().exchange.try_put(copy);
    }

    // Another sender of the same channel, to be closed by itself.
    ChannelSender clone() const { return ChannelSender(this->state()); }

private:
    friend class Channel<T>;
    explicit ChannelSender(detail::ChannelState<T>& state) noexcept : End(state) {}
};

// The awaiter of `send`.
template <class T>
class ChannelSender<T>::Sending final : public detail::Exchange<T>::Putting {
public:
    Sending(ChannelSender* sender, T&& item) noexcept
        : detail::Exchange<T>::Putting(std::move(item)), sender_(*sender) {}
    bool await_ready() { return this->put_at_once(sender_.state().exchange, sender_.number()); }

private:
    ChannelSender& sender_;
};

} // namespace corduroy
