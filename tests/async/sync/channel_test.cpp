#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/channel.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> send_all(Channel<int>::Sender sender, int first, int last) {
    for (int i = first; i <= last; ++i) co_await sender.send(i);
    sender.close(); // gather keeps the frame, and with it this parameter, until all have ended
}

Task<> receive_all(Channel<int>::Receiver receiver, std::string& got) {
    while (auto item = co_await receiver.next()) got += std::to_string(*item);
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a channel without capacity is a rendezvous: send waits until somebody receives") {
        auto body = [](Machine& machine) -> Task<> {
            auto [sender, receiver] = Channel<int>();
            CHECK_FALSE(sender.try_send(1));
            auto receive = [](Channel<int>::Receiver from) -> Task<> {
                co_await sleep(1s);
                CHECK(co_await from.receive() == 2);
            };
            co_await gather(receive(std::move(receiver)), sender.send(2));
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a channel with capacity takes so many items without a receiver, and not one more") {
        auto body = [](Machine& machine) -> Task<> {
            Channel<int> channel(2);
            co_await channel.sender.send(1);
            co_await channel.sender.send(2);
            CHECK_FALSE(channel.sender.try_send(3));
            auto outcome = co_await attempt(timeout(1s, channel.sender.send(3)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            CHECK(co_await channel.receiver.receive() == 1);
            CHECK(channel.sender.try_send(3));
            CHECK(*channel.receiver.try_receive() == 2);
            CHECK(*channel.receiver.try_receive() == 3);
            CHECK_FALSE(channel.receiver.try_receive());
        };
        run_test(body);
    }

    TEST_CASE("when all senders are closed, receivers get what is left and then the end of the channel") {
        std::string got;
        auto body = [&]() -> Task<> {
            Channel<int> channel(10);
            auto receiver = channel.receiver.clone();
            co_await gather(send_all(channel.sender.clone(), 1, 3), send_all(std::move(channel.sender), 4, 6));
            co_await receive_all(std::move(channel.receiver), got);
            auto outcome = co_await attempt(receiver.receive());
            CHECK(outcome.failure().check<EndOfChannel>());
            CHECK(outcome.failure().message() == "receive from a Channel whose senders are all closed");
            CHECK_THROWS_AS(receiver.try_receive(), EndOfChannel);
            auto next = co_await receiver.next();
            CHECK_FALSE(next);
        };
        run_test(body);
        CHECK(got == "123456");
    }

    TEST_CASE("who waits to receive when the last sender is closed gets the end of the channel, and not before") {
        std::string log;
        auto body = [&]() -> Task<> {
            Channel<int> channel;
            auto other = channel.sender.clone();
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(channel.receiver.receive());
                CHECK(outcome.failure().check<EndOfChannel>());
                log += 'e';
            };
            auto close = [&]() -> Task<> {
                co_await sleep(1s);
                channel.sender.close();
                co_await sleep(1s);
                CHECK(log.empty());
                other.close();
            };
            co_await gather(wait(), close());
        };
        run_test(body);
        CHECK(log == "e");
    }

    TEST_CASE("when all receivers are closed, sending is an error for who comes and for who waits, and items go") {
        auto item = std::make_shared<int>(1);
        auto body = [&]() -> Task<> {
            Channel<std::shared_ptr<int>> channel(1);
            CHECK(channel.sender.try_send(item));
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(channel.sender.send(item));
                CHECK(outcome.failure().check<BrokenResourceError>());
                CHECK(outcome.failure().message() == "send into a Channel whose receivers are all closed");
            };
            auto close = [&]() -> Task<> {
                co_await sleep(1s);
                channel.receiver.close();
            };
            co_await gather(wait(), close());
            CHECK(item.use_count() == 1);
            auto outcome = co_await attempt(channel.sender.send(item));
            CHECK(outcome.failure().check<BrokenResourceError>());
            CHECK_THROWS_AS(static_cast<void>(channel.sender.try_send(item)), BrokenResourceError);
        };
        run_test(body);
    }

    TEST_CASE("using an end that was closed, or moved from, is an error") {
        auto body = []() -> Task<> {
            Channel<int> channel(1);
            auto sender = std::move(channel.sender);
            auto outcome = co_await attempt(channel.sender.send(1));
            CHECK(outcome.failure().check<ClosedResourceError>());
            CHECK(outcome.failure().message() == "send by an end of a Channel that is closed");
            CHECK_THROWS_AS(static_cast<void>(channel.sender.try_send(1)), ClosedResourceError);
            CHECK_THROWS_AS(channel.sender.clone(), ClosedResourceError);
            channel.receiver.close();
            channel.receiver.close();
            CHECK(channel.receiver.closed());
            auto received = co_await attempt(channel.receiver.receive());
            CHECK(received.failure().check<ClosedResourceError>());
            CHECK(received.failure().message() == "receive by an end of a Channel that is closed");
            auto next = co_await attempt(channel.receiver.next());
            CHECK(next.failure().check<ClosedResourceError>());
            CHECK_THROWS_AS(channel.receiver.try_receive(), ClosedResourceError);
            CHECK_THROWS_AS(static_cast<void>(channel.receiver.statistics()), ClosedResourceError);
        };
        run_test(body);
    }

    TEST_CASE("closing an end fails who waits by it, and nobody who waits by another") {
        std::string log;
        auto body = [&]() -> Task<> {
            Channel<int> channel;
            auto other = channel.receiver.clone();
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(channel.receiver.next());
                CHECK(outcome.failure().check<ClosedResourceError>());
                log += 'c';
            };
            auto wait_by_other = [&]() -> Task<> {
                auto item = co_await other.next();
                log += std::to_string(*item);
            };
            auto close = [&]() -> Task<> {
                co_await sleep(1s);
                channel.receiver.close();
                co_await channel.sender.send(1);
            };
            co_await gather(wait(), wait_by_other(), close());
            CHECK(log == "c1");
            auto sender = channel.sender.clone();
            auto send = [&]() -> Task<> {
                auto outcome = co_await attempt(channel.sender.send(2));
                CHECK(outcome.failure().check<ClosedResourceError>());
            };
            auto close_sender = [&]() -> Task<> {
                co_await sleep(1s);
                channel.sender.close();
                CHECK(sender.statistics().waiting_senders == 0);
            };
            co_await gather(send(), close_sender());
        };
        run_test(body);
    }

    TEST_CASE("an end that is destroyed while somebody waits by it, the last of all, fails that one") {
        auto body = []() -> Task<> {
            std::optional<Channel<int>> channel(std::in_place);
            auto wait = [&]() -> Task<> {
                auto outcome = co_await attempt(channel->receiver.receive());
                CHECK(outcome.failure().check<ClosedResourceError>());
            };
            auto destroy = [&]() -> Task<> {
                co_await sleep(1s);
                channel.reset();
            };
            co_await gather(wait(), destroy());
        };
        run_test(body);
    }

    TEST_CASE("an end can be moved while somebody waits by it") {
        auto body = []() -> Task<> {
            Channel<int> channel;
            auto wait = [&]() -> Task<> {
                int item = co_await channel.receiver.receive();
                CHECK(item == 5);
            };
            auto move = [&]() -> Task<> {
                co_await sleep(1s);
                auto moved = std::move(channel.receiver);
                co_await channel.sender.send(5);
            };
            co_await gather(wait(), move());
        };
        run_test(body);
    }

    TEST_CASE("a channel tells what lies in it, how many ends are open, and how many wait") {
        auto body = []() -> Task<> {
            Channel<int> channel(1);
            auto second_sender = channel.sender.clone();
            auto third_sender = second_sender.clone();
            auto wait = [&]() -> Task<> {
                co_await channel.sender.send(1);
                co_await channel.sender.send(2);
            };
            auto look = [&]() -> Task<> {
                co_await sleep(1s);
                ChannelStatistics statistics = channel.receiver.statistics();
                CHECK(statistics.buffered == 1);
                CHECK(statistics.capacity == 1);
                CHECK(statistics.senders == 3);
                CHECK(statistics.receivers == 1);
                CHECK(statistics.waiting_senders == 1);
                CHECK(statistics.waiting_receivers == 0);
                CHECK(co_await channel.receiver.receive() == 1);
            };
            co_await gather(wait(), look());
        };
        run_test(body);
    }

    TEST_CASE("receivers that are cloned share the items, and each item goes to one of them") {
        std::string one;
        std::string other;
        auto body = [&]() -> Task<> {
            Channel<int> channel;
            auto clone = channel.receiver.clone();
            co_await gather(receive_all(std::move(channel.receiver), one), receive_all(std::move(clone), other),
                            send_all(std::move(channel.sender), 1, 6));
        };
        run_test(body);
        CHECK_FALSE(one.empty());
        CHECK_FALSE(other.empty());
        std::string all = one + other;
        std::ranges::sort(all);
        CHECK(all == "123456");
    }

    TEST_CASE("a cancelled receiver loses no item of a channel, and a cancelled sender's item is not received") {
        Cancellable receiver;
        Cancellable sender;
        auto body = [&]() -> Task<> {
            Channel<int> channel;
            auto receive = [&]() -> Task<> { static_cast<void>(co_await channel.receiver.receive()); };
            auto send = [&]() -> Task<> { co_await channel.sender.send(1); };
            auto first_round = [&]() -> Task<> {
                co_await sleep(1s);
                receiver.cancel();
                CHECK_FALSE(channel.sender.try_send(1));
            };
            co_await gather(receiver.run(receive()), first_round());
            auto second_round = [&]() -> Task<> {
                co_await sleep(1s);
                sender.cancel();
                CHECK_FALSE(channel.receiver.try_receive());
            };
            co_await gather(sender.run(send()), second_round());
        };
        run_test(body);
        CHECK(receiver.raised());
        CHECK(sender.raised());
    }

    TEST_CASE("in a channel, who is cancelled when the item changed hands already has received, or sent, it") {
        Cancellable receiver;
        Cancellable sender;
        std::string log;
        auto body = [&]() -> Task<> {
            Channel<std::unique_ptr<int>> channel;
            auto receive = [&]() -> Task<> {
                auto item = co_await channel.receiver.receive();
                log += 'r' + std::to_string(*item);
                co_await yield_now();
            };
            auto send = [&]() -> Task<> {
                co_await channel.sender.send(std::make_unique<int>(2));
                log += 's';
                co_await yield_now();
            };
            auto first_round = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(channel.sender.try_send(std::make_unique<int>(1)));
                receiver.cancel();
            };
            co_await gather(receiver.run(receive()), first_round());
            auto second_round = [&]() -> Task<> {
                co_await sleep(1s);
                auto item = channel.receiver.try_receive();
                CHECK(**item == 2);
                sender.cancel();
            };
            co_await gather(sender.run(send()), second_round());
        };
        run_test(body);
        CHECK(log == "r1s");
        CHECK(receiver.raised());
        CHECK(sender.raised());
    }

    TEST_CASE("items that hold ends of their own channel go with it") {
        struct Item {
            std::optional<ChannelSender<Item>> sender;
        };
        auto body = []() -> Task<> {
            Channel<Item> channel(2);
            CHECK(channel.sender.try_send(Item{channel.sender.clone()}));
            CHECK(channel.sender.try_send(Item{channel.sender.clone()}));
            channel.sender.close();
            CHECK(channel.receiver.statistics().senders == 2);
            channel.receiver.close();
            co_return;
        };
        run_test(body);
    }
}
