#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/threads/blocking_call_from_thread.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> slowly(int number) {
    co_await sleep(1ms);
    co_return number;
}

// A program that goes on until it is told to end, and a thread beside it.
template <class Body>
void beside(Body body) {
    Reactor reactor;
    std::atomic<bool> done = false;
    std::thread other([&] {
        body(reactor);
        done = true;
        reactor.call_from_thread([] {});
    });
    auto program = [&]() -> Task<> {
        while (!done) co_await sleep(1ms);
    };
    run(reactor, program());
    other.join();
}

} // namespace

TEST_SUITE("threads") {
    TEST_CASE(
        "blocking_call_from_thread gives another thread the value of a function, a Task or a Deferred of the loop's") {
        std::thread::id loop = std::this_thread::get_id();
        beside([&](Reactor& reactor) {
            CHECK(blocking_call_from_thread(reactor, [&] { return std::this_thread::get_id() == loop; }));
            CHECK(
                *blocking_call_from_thread(reactor, [](int number) { return std::make_unique<int>(number); }, 4) == 4);
            CHECK(blocking_call_from_thread(reactor, slowly, 5) == 5);
            CHECK(blocking_call_from_thread(reactor, [] { return ensure_deferred(slowly(6)); }) == 6);
            int called = 0;
            blocking_call_from_thread(reactor, [&] { ++called; });
            CHECK(called == 1);
        });
    }

    TEST_CASE("blocking_call_from_thread throws what was thrown on the loop") {
        beside([](Reactor& reactor) {
            CHECK_THROWS_AS(blocking_call_from_thread(reactor, [] { throw std::runtime_error("broken"); }),
                            std::runtime_error);
            auto fail = []() -> Task<> {
                co_await sleep(1ms);
                throw std::runtime_error("broken later");
            };
            CHECK_THROWS_WITH(blocking_call_from_thread(reactor, fail), "broken later");
        });
    }

    TEST_CASE(
        "an exception that has been thrown to the thread is that thread's alone, which may be the last to use it") {
        // The thread reads it while the loop goes on. The counts of holders are the standard library's, and the thread
        // sanitizer does not see them: it tells where the loop is the one that destroys it.
        beside([](Reactor& reactor) {
            auto fail = []() -> Task<> {
                co_await yield_now();
                throw std::runtime_error("broken later");
            };
            for (int i = 0; i < 500; ++i) {
                CHECK_THROWS_WITH(blocking_call_from_thread(reactor, [] { throw std::runtime_error("broken"); }),
                                  "broken");
                CHECK_THROWS_WITH(blocking_call_from_thread(reactor, fail), "broken later");
            }
        });
    }

    TEST_CASE("calls of eight threads are all answered, each thread's to itself") {
        std::atomic<int> right = 0;
        beside([&](Reactor& reactor) {
            std::vector<std::thread> threads;
            for (int number = 0; number < 8; ++number) {
                threads.emplace_back([&, number] {
                    for (int i = 0; i < 200; ++i) {
                        int expected = number * 1000 + i;
                        auto echo = [&] { return expected; };
                        bool correct = i % 10 == 0 ? blocking_call_from_thread(reactor, slowly, expected) == expected
                                                   : blocking_call_from_thread(reactor, echo) == expected;
                        if (correct) ++right;
                    }
                });
            }
            for (std::thread& thread : threads) thread.join();
        });
        CHECK(right == 8 * 200);
    }

    TEST_CASE("a call waits for a reactor that is yet to run") {
        Reactor reactor;
        std::atomic<bool> asking = false;
        std::atomic<int> answer = 0;
        std::thread other([&] {
            asking = true;
            answer = blocking_call_from_thread(reactor, slowly, 3);
        });
        while (!asking) std::this_thread::yield();
        auto program = [&]() -> Task<> {
            while (answer == 0) co_await sleep(1ms);
        };
        run(reactor, program());
        other.join();
        CHECK(answer == 3);
    }

    TEST_CASE("a call into a reactor that has stopped is a ReactorStopped, and no hang") {
        Reactor reactor;
        run(reactor, slowly(1));
        CHECK(reactor.stopped());
        std::string message;
        std::thread other([&] {
            try {
                blocking_call_from_thread(reactor, slowly, 3);
            } catch (const ReactorStopped& error) {
                message = error.what();
            }
        });
        other.join();
        CHECK(message == "blocking_call_from_thread failed: the reactor has stopped");
        CHECK(run(reactor, slowly(4)) == 4);
    }

    TEST_CASE("a call that meets the end of the reactor is answered or refused, at every moment") {
        int answered = 0;
        int refused = 0;
        for (int round = 0; round < 300; ++round) {
            Reactor reactor;
            std::atomic<bool> ready = false;
            std::thread other([&] {
                ready = true;
                for (;;) {
                    try {
                        round % 2 == 0 ? blocking_call_from_thread(reactor, slowly, 1)
                                       : blocking_call_from_thread(reactor, [] { return 1; });
                        ++answered;
                    } catch (const ReactorStopped&) {
                        ++refused;
                        return;
                    }
                }
            });
            while (!ready) std::this_thread::yield();
            auto program = [&]() -> Task<> {
                for (int i = 0; i < round % 50; ++i) co_await yield_now();
            };
            run(reactor, program());
            other.join();
        }
        CHECK(refused == 300);
        MESSAGE(answered << " calls were answered before");
    }

    TEST_CASE("where main fails, a Task that a thread waits for is cancelled, which is a CancelledError there") {
        Reactor reactor;
        std::atomic<bool> begun = false;
        std::string message;
        std::thread other([&] {
            auto for_ever = [&]() -> Task<> {
                begun = true;
                co_await sleep(1h);
            };
            try {
                blocking_call_from_thread(reactor, for_ever);
            } catch (const CancelledError& error) {
                message = error.what();
            }
        });
        auto program = [&]() -> Task<> {
            while (!begun) co_await sleep(1ms);
            throw std::runtime_error("broken");
        };
        CHECK_THROWS_AS(run(reactor, program()), std::runtime_error);
        other.join();
        CHECK(message == "blocking_call_from_thread: the call was cancelled before it ended");
    }

    TEST_CASE("on a thread that runs another reactor it is an error: it would block that loop") {
        beside([](Reactor& reactor) {
            auto careless = [&]() -> Task<> {
                CHECK_THROWS_AS(blocking_call_from_thread(reactor, [] {}), Error);
                co_return;
            };
            run(careless());
        });
    }

    TEST_CASE("a reactor that is run by hand answers plain functions, and what must be awaited with an Error") {
        Reactor reactor;
        std::thread other([&] {
            CHECK(blocking_call_from_thread(reactor, [] { return 1; }) == 1);
            std::string message;
            try {
                blocking_call_from_thread(reactor, slowly, 1);
            } catch (const Error& error) {
                message = error.what();
            }
            CHECK(message.find("has to be run by run or react") != std::string::npos);
            reactor.call_from_thread([&] { reactor.stop(); });
        });
        reactor.run();
        other.join();
        CHECK(reactor.stopped());
    }
}
