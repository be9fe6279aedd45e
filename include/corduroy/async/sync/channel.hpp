#pragma once

#include <corduroy/async/sync/channel_receiver.hpp>
#include <corduroy/async/sync/channel_sender.hpp>
#include <corduroy/async/sync/sync_error.hpp>

#include <cstddef>

namespace corduroy {

// A channel between tasks, with an end to send and an end to receive by, which are given to who uses them and can be
// cloned (trio's open_memory_channel):
//
//     auto [sender, receiver] = Channel<int>(10);
//     group.spawn(produce(std::move(sender)));                    // which closes it in the end
//     while (auto item = co_await receiver.next()) use(*item);    // until then
//
// Up to `capacity` items lie in it; with 0, a rendezvous, sender and receiver wait for each other. T can be a move-only
// type; moving it must not throw. Items go first in, first out, to who has waited longest. It belongs to one thread; it
// allocates when it is made and when its buffer grows.
template <class T>
class Channel {
public:
    using Sender = ChannelSender<T>;
    using Receiver = ChannelReceiver<T>;

    explicit Channel(std::size_t capacity = 0) : Channel(*new detail::ChannelState<T>(capacity)) {}

    Sender sender;
    Receiver receiver;

private:
    explicit Channel(detail::ChannelState<T>& state) noexcept : sender(state), receiver(state) {}
};

} // namespace corduroy
