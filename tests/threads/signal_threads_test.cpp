#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/os/signal_receiver.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace corduroy;

namespace {

constexpr int reactors = 4;

} // namespace

TEST_SUITE("threads") {
    TEST_CASE("receivers in the reactors of several threads all get a signal") {
        std::atomic<int> open = 0;
        std::atomic<int> received = 0;
        auto receive = [&]() -> Task<> {
            SignalReceiver signals(SIGUSR1);
            ++open;
            co_await signals.next();
            ++received;
        };
        std::vector<std::thread> threads;
        for (int i = 0; i < reactors; ++i) threads.emplace_back([&] { run(receive()); });
        while (open != reactors) std::this_thread::yield();
        ::kill(::getpid(), SIGUSR1);
        for (std::thread& thread : threads) thread.join();
        CHECK(received == reactors);
    }

    TEST_CASE("receivers come and go in several threads while signals come, and none is left to the action before") {
        static std::atomic<int> left;
        left = 0;
        struct sigaction counting{}, before{};
        counting.sa_handler = [](int) { ++left; };
        REQUIRE(::sigaction(SIGUSR1, &counting, &before) == 0);
        auto come_and_go = []() -> Task<> {
            for (int i = 0; i < 200; ++i) {
                SignalReceiver signals(SIGUSR1);
                co_await yield_now();
            }
        };
        // Keeps it caught throughout, and takes what is left over.
        std::atomic<bool> done = false;
        std::atomic<bool> open = false;
        auto keep = [&]() -> Task<> {
            SignalReceiver signals(SIGUSR1);
            open = true;
            while (!done) co_await signals.next();
        };
        std::thread keeper([&] { run(keep()); });
        while (!open) std::this_thread::yield();
        std::vector<std::thread> threads;
        for (int i = 0; i < reactors; ++i) threads.emplace_back([&] { run(come_and_go()); });
        for (int i = 0; i < 200; ++i) {
            ::kill(::getpid(), SIGUSR1);
            std::this_thread::yield();
        }
        for (std::thread& thread : threads) thread.join();
        CHECK(left == 0);
        // It may stop at one that came earlier, and then this one is no longer caught.
        done = true;
        ::kill(::getpid(), SIGUSR1);
        keeper.join();
        ::sigaction(SIGUSR1, &before, nullptr);
    }
}
