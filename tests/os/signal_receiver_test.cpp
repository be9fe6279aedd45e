#include <corduroy/os/signal_receiver.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t handled = 0;

// An action of the program's own, for as long as it lives.
class Handler {
public:
    explicit Handler(int number) : number_(number) {
        handled = 0;
        struct sigaction action{};
        action.sa_handler = [](int) { handled = handled + 1; };
        ::sigaction(number, &action, &previous_);
    }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    ~Handler() { ::sigaction(number_, &previous_, nullptr); }

private:
    int number_;
    struct sigaction previous_{};
};

void send(int number) { ::kill(::getpid(), number); }

std::string refusal(int number) {
    try {
        SignalReceiver signals(number);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_SUITE("os") {
    TEST_CASE("a SignalReceiver resumes who waits with the number of the signal that came") {
        auto body = [](sim::World& world) -> Task<> {
            SignalReceiver signals(SIGHUP, SIGUSR1);
            auto raise = [&]() -> Task<> {
                co_await sleep(1s);
                CHECK(world.raise(SIGUSR1));
                co_await sleep(1s);
                CHECK(world.raise(SIGHUP));
            };
            auto receive = [&]() -> Task<> {
                int first = co_await signals.next();
                CHECK(first == SIGUSR1);
                CHECK(world.elapsed() == 1s);
                int second = co_await signals.next();
                CHECK(second == SIGHUP);
                CHECK(world.elapsed() == 2s);
            };
            co_await settle(raise(), receive());
        };
        sim::run(body);
    }

    TEST_CASE("signals that come while nobody waits are kept, each number once, the lowest first") {
        auto body = [](sim::World& world) -> Task<> {
            SignalReceiver signals(SIGHUP, SIGUSR1, SIGUSR2);
            world.raise(SIGUSR2);
            world.raise(SIGHUP);
            world.raise(SIGUSR2);
            co_await sleep(1s);
            std::vector<int> come;
            come.push_back(co_await signals.next());
            come.push_back(co_await signals.next());
            CHECK(come == std::vector<int>{SIGHUP, SIGUSR2});
            auto more = co_await attempt(timeout(1s, signals.next()));
            CHECK(more.failure().check<TimeoutError>());
        };
        sim::run(body);
    }

    TEST_CASE("a cancelled wait loses no signal: the next one gets it") {
        auto body = [](sim::World& world) -> Task<> {
            SignalReceiver signals(SIGHUP);
            auto cut = co_await attempt(timeout(1s, signals.next()));
            CHECK(cut.failure().check<TimeoutError>());
            world.raise(SIGHUP);
            CHECK(co_await signals.next() == SIGHUP);
            CHECK(world.elapsed() == 1s);
        };
        sim::run(body);
    }

    TEST_CASE("a signal that comes as its wait is cancelled is delivered, or kept") {
        for (Duration when : {999'999'999ns, 1'000'000'000ns, 1'000'000'001ns}) {
            auto body = [&](sim::World& world) -> Task<> {
                SignalReceiver signals(SIGHUP);
                auto raise = [&]() -> Task<> {
                    co_await sleep(when);
                    world.raise(SIGHUP);
                };
                auto receive = [&]() -> Task<int> {
                    auto first = co_await attempt(timeout(1s, signals.next()));
                    if (first) co_return *first;
                    co_return co_await signals.next();
                };
                auto both = co_await settle(receive(), raise());
                CHECK(*std::get<0>(both) == SIGHUP);
            };
            sim::run(body);
        }
    }

    TEST_CASE("every receiver that a signal is for gets it, and when it is gone no longer catches it") {
        auto body = [](sim::World& world) -> Task<> {
            SignalReceiver all(SIGHUP, SIGUSR1);
            std::optional<SignalReceiver> one(std::in_place, SIGHUP);
            world.raise(SIGHUP);
            CHECK(co_await all.next() == SIGHUP);
            CHECK(co_await one->next() == SIGHUP);
            one.reset();
            CHECK(world.raise(SIGHUP));
            CHECK(co_await all.next() == SIGHUP);
            CHECK_FALSE(world.raise(SIGUSR2));
        };
        sim::run(body);
    }

    TEST_CASE("signals that no program can catch and go on are refused with the reason") {
        auto body = []() -> Task<> {
            CHECK(refusal(SIGKILL) == "a SignalReceiver for signal 9 (SIGKILL): no program can catch it");
            CHECK(refusal(SIGSTOP).ends_with("no program can catch it"));
            CHECK(refusal(SIGSEGV).find("signal 11 (SIGSEGV): it says that a step of the program has failed") !=
                  std::string::npos);
            CHECK(refusal(0) == "a SignalReceiver for signal 0: signals are numbered from 1 to 64");
            CHECK(refusal(65).starts_with("a SignalReceiver for signal 65: "));
            CHECK(refusal(64).empty());
            CHECK(refusal(1).empty());
            CHECK_THROWS_AS(SignalReceiver(std::span<const int>()), Error);
            co_return;
        };
        run_test(body);
    }

    TEST_CASE("two coroutines cannot wait for one receiver, which the second is told") {
        auto body = [](sim::World& world) -> Task<> {
            SignalReceiver signals(SIGHUP);
            auto raise = [&]() -> Task<> {
                co_await sleep(1s);
                world.raise(SIGHUP);
            };
            auto all = co_await settle(signals.next(), signals.next(), raise());
            CHECK(*std::get<0>(all) == SIGHUP);
            CHECK(std::get<1>(all).failure().message().starts_with(
                "two coroutines cannot wait for the same SignalReceiver"));
        };
        sim::run(body);
    }

    TEST_CASE("who waits for a signal says for which, in the task tree and where nothing can ever happen") {
        std::string tree;
        std::string message;
        auto body = [&]() -> Task<> {
            SignalReceiver signals(SIGHUP, SIGUSR1);
            auto look = [&]() -> Task<> {
                co_await yield_now();
                tree = task_tree().text();
            };
            co_await settle(signals.next(), look());
        };
        try {
            sim::run(body);
        } catch (const Error& error) {
            message = error.what();
        }
        CHECK(tree.find("signal 1 (SIGHUP), 10 (SIGUSR1)") != std::string::npos);
        CHECK(message.starts_with(
            "deadlock: nothing can ever happen again; these wait: signal 1 (SIGHUP), 10 (SIGUSR1)\n"));
    }

    TEST_CASE("a real signal comes to its receiver and not to the action set before, which is restored") {
        Handler before(SIGUSR1);
        auto body = []() -> Task<> {
            {
                SignalReceiver signals(SIGUSR1);
                send(SIGUSR1);
                int number = co_await signals.next();
                CHECK(number == SIGUSR1);
            }
            CHECK(handled == 0);
            send(SIGUSR1);
            CHECK(handled == 1);
        };
        run(body());
    }

    TEST_CASE("a real signal wakes a loop that sleeps") {
        auto body = []() -> Task<> {
            SignalReceiver signals(SIGUSR1);
            ::ualarm(2000, 0);
            SignalReceiver alarms(SIGALRM);
            int number = co_await timeout(30s, alarms.next());
            CHECK(number == SIGALRM);
        };
        run(body());
    }

    TEST_CASE("a signal that came and was not taken goes to the restored action") {
        Handler before(SIGUSR1);
        auto body = []() -> Task<> {
            {
                SignalReceiver first(SIGUSR1);
                SignalReceiver second(SIGUSR1);
                send(SIGUSR1);
                CHECK(co_await second.next() == SIGUSR1);
            }
            CHECK(handled == 1);
            {
                SignalReceiver signals(SIGUSR1);
                send(SIGUSR1);
            }
            CHECK(handled == 2);
        };
        run(body());
    }

    TEST_CASE("a signal handler that was set meanwhile is left alone") {
        struct sigaction previous{};
        ::sigaction(SIGUSR1, nullptr, &previous);
        auto body = []() -> Task<> {
            SignalReceiver signals(SIGUSR1);
            ::signal(SIGUSR1, SIG_IGN);
            co_return;
        };
        run(body());
        struct sigaction current{};
        ::sigaction(SIGUSR1, nullptr, &current);
        bool ignored = current.sa_handler == SIG_IGN;
        CHECK(ignored);
        ::sigaction(SIGUSR1, &previous, nullptr);
    }

    TEST_CASE("a receiver that outlives its program ends with it, and the loop does not wait for it") {
        Handler handler(SIGUSR1);
        std::optional<SignalReceiver> kept;
        auto body = [&]() -> Task<> {
            kept.emplace(SIGUSR1);
            send(SIGUSR1);
            CHECK(co_await kept->next() == SIGUSR1);
        };
        Reactor reactor;
        run(reactor, body());
        send(SIGUSR1);
        CHECK(handled == 1);
        auto wait = [&]() -> Task<> {
            auto next = co_await attempt(kept->next());
            CHECK(next.failure().check<IoError>());
        };
        run(reactor, wait());
        auto again = [&]() -> Task<> {
            kept.emplace(SIGUSR1);
            co_return;
        };
        run(again());
        send(SIGUSR1);
        CHECK(handled == 2);
        kept.reset();
    }
}
