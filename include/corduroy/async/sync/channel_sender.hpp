#pragma once

#include <corduroy/async/sync/channel_end.hpp>
#include <corduroy/async/sync/wait_queue.hpp>

#include <concepts>
#include <cstdint>
#include <utility>

namespace corduroy {

namespace detail {

struct SenderKind {
    template <class T>
    static std::uint64_t open(ChannelState<T>& state) noexcept {
        return state.open_sender();
    }
    template <class T>
    static void close(ChannelState<T>& state, std::uint64_t number) noexcept {
        state.close_sender(number);
    }
    static constexpr Cut closed = Cut::sender_closed;
};

} // namespace detail

// The end of a Channel that sends (trio's MemorySendChannel): Channel<T>::Sender. It is closed when it is destroyed;
// when all senders are, those who receive get what is left, and then the end.
template <class T>
class ChannelSender : public detail::ChannelEnd<T, detail::SenderKind> {
    using End = detail::ChannelEnd<T, detail::SenderKind>;

public:
    class Sending;

    // Sends an item, and waits until there is room in the channel, or somebody receives it. Cancelled while it waits,
    // the item is destroyed and `Cancelled` raised; once the item is on its way it returns, and `Cancelled` is raised
    // by the next await. Throws BrokenResourceError where all receivers are closed, or are meanwhile.
    WaitBuilder<Sending, ChannelSender*, T> send(T item) {
        return WaitBuilder<Sending, ChannelSender*, T>(this, std::move(item));
    }

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
