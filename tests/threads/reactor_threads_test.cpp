#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/reactor/coalesced_call.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int posters = 8;
constexpr int posts_each = 125'000;

Task<int> count_to(int number) {
    int count = 0;
    while (count < number) {
        co_await yield_now();
        ++count;
    }
    co_return count;
}

} // namespace

TEST_SUITE("threads") {
    TEST_CASE("of a million calls posted by eight threads none is lost, and each thread's run in its order, on the "
              "reactor's") {
        Reactor reactor;
        std::thread::id owner = std::this_thread::get_id();
        std::vector<int> next(posters, 0);
        int in_order = 0;
        int elsewhere = 0;
        std::vector<std::thread> threads;
        for (int poster = 0; poster < posters; ++poster) {
            threads.emplace_back([&, poster] {
                for (int i = 0; i < posts_each; ++i) {
                    reactor.call_from_thread([&, poster, i] {
                        in_order += next[static_cast<std::size_t>(poster)]++ == i ? 1 : 0;
                        elsewhere += std::this_thread::get_id() != owner ? 1 : 0;
                        if (in_order == posters * posts_each) reactor.stop();
                    });
                }
            });
        }
        reactor.run();
        for (std::thread& thread : threads) thread.join();
        CHECK(in_order == posters * posts_each);
        CHECK(elsewhere == 0);
    }

    TEST_CASE("a post wakes a reactor that sleeps, every time") {
        Reactor reactor;
        std::atomic<int> answered = 0;
        std::thread other([&] {
            for (int i = 0; i < 500; ++i) {
                reactor.call_from_thread([&] { answered.store(answered.load() + 1); });
                while (answered.load() <= i) std::this_thread::yield();
            }
            reactor.call_from_thread([&] { reactor.stop(); });
        });
        reactor.run();
        other.join();
        CHECK(answered == 500);
    }

    TEST_CASE("a CoalescedCall that eight threads post sees what each wrote before its post") {
        Reactor reactor;
        std::atomic<int> written = 0;
        int seen = 0;
        int calls = 0;
        CoalescedCall call(reactor, [&] {
            seen = written.load(std::memory_order_relaxed);
            if (++calls; seen == posters * posts_each) reactor.stop();
        });
        std::vector<std::thread> threads;
        for (int poster = 0; poster < posters; ++poster) {
            threads.emplace_back([&] {
                for (int i = 0; i < posts_each; ++i) {
                    written.fetch_add(1, std::memory_order_relaxed);
                    call.post();
                }
            });
        }
        reactor.run();
        for (std::thread& thread : threads) thread.join();
        CHECK(seen == posters * posts_each);
        CHECK(calls <= seen);
        MESSAGE((posters * posts_each) << " posts made " << calls << " calls");
    }

    TEST_CASE("an interruption from another thread reaches the reactor") {
        Reactor reactor;
        int got = 0;
        reactor.on_interrupt([&](int number) {
            got = number;
            reactor.stop();
        });
        std::thread other([&] { reactor.interrupt(7); });
        reactor.run();
        other.join();
        CHECK(got == 7);
    }

    TEST_CASE("reactors in several threads know nothing of each other") {
        std::vector<int> results(posters, 0);
        std::vector<std::thread> threads;
        for (int i = 0; i < posters; ++i)
            threads.emplace_back([&, i] { results[static_cast<std::size_t>(i)] = run(count_to(1000 + i)); });
        for (std::thread& thread : threads) thread.join();
        for (int i = 0; i < posters; ++i) CHECK(results[static_cast<std::size_t>(i)] == 1000 + i);
    }

    TEST_CASE("what is posted and never run is freed") {
        auto keeper = std::make_shared<int>(1);
        {
            Reactor reactor;
            std::thread other([&] { reactor.call_from_thread([keeper] {}); });
            other.join();
        }
        CHECK(keeper.use_count() == 1);
    }
}
