#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/cooperator.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> compute(Cooperator& cooperator, std::string& log, char letter, int steps) {
    for (int i = 0; i < steps; ++i) {
        log += letter;
        co_await cooperator.turn();
    }
}

AsyncGenerator<int> computation(std::string& log, char letter, int steps) {
    for (int i = 0; i < steps; ++i) {
        log += letter;
        co_yield i;
    }
}

// Goes on for as long as it is let.
AsyncGenerator<int> count(int& steps) {
    while (true) co_yield ++steps;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("long computations take turns, a step each, until they end") {
        std::string log;
        auto body = [&]() -> Task<> {
            Cooperator cooperator;
            co_await gather(compute(cooperator, log, 'a', 4), compute(cooperator, log, 'b', 2),
                            compute(cooperator, log, 'c', 3));
        };
        run_test(body);
        CHECK(log == "abcabcaca");
    }

    TEST_CASE("coiterate runs generators to their end by turns, and ranges, where making an element is the step") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto note = [&](int number) {
                log += std::to_string(number);
                return number;
            };
            co_await gather(coiterate(computation(log, 'a', 3)), coiterate(computation(log, 'b', 1)),
                            coiterate(std::views::iota(1, 4) | std::views::transform(note)));
        };
        run_test(body);
        CHECK(log == "ab1a2a3");
    }

    TEST_CASE("whoever waits for something in the middle of a step holds up nobody") {
        std::string log;
        auto fetch = [&]() -> AsyncGenerator<int> {
            log += '(';
            co_await sleep(1s);
            log += ')';
            co_yield 1;
        };
        auto body = [&]() -> Task<> { co_await gather(coiterate(fetch()), coiterate(computation(log, 'a', 3))); };
        run_test(body);
        CHECK(log == "(aaa)");
    }

    TEST_CASE("in one turn of the loop all steps together take a slice of time and a step at most") {
        auto body = [](Machine& machine) -> Task<> {
            Cooperator cooperator;
            CHECK(cooperator.slice() == 10ms);
            auto work = [&]() -> Task<> {
                for (int i = 0; i < 20; ++i) {
                    co_await cooperator.turn();
                    machine.spend(3ms);
                }
            };
            // Sees how long the loop took to come around.
            auto watch = [&]() -> Task<> {
                TimePoint last = machine.reactor().now();
                while (cooperator.waiting() > 0) {
                    co_await sleep(1us);
                    CHECK(machine.reactor().now() - last <= 13ms);
                    last = machine.reactor().now();
                }
            };
            co_await gather(work(), work(), work(), work(), watch());
            CHECK(machine.elapsed() >= 240ms);
            CHECK(machine.elapsed() <= 241ms);
        };
        run_test(body);
    }

    TEST_CASE("with a slice of no length there is one step to a turn of the loop") {
        auto body = [](Machine& machine) -> Task<> {
            Cooperator cooperator(0s);
            int steps = 0;
            auto work = [&]() -> Task<> {
                for (int i = 0; i < 10; ++i) {
                    co_await cooperator.turn();
                    ++steps;
                    machine.spend(1ms);
                }
            };
            auto watch = [&]() -> Task<> {
                for (int turn = 1; turn <= 15; ++turn) {
                    co_await sleep(1us);
                    CHECK(steps <= turn);
                }
            };
            co_await gather(work(), work(), watch());
            CHECK(steps == 20);
        };
        run_test(body);
    }

    TEST_CASE("a computation that goes on for ever leaves the rest of the program its time") {
        int steps = 0;
        auto body = [&](Machine& machine) -> Task<> {
            auto compute = [&]() -> Task<> {
                while (true) {
                    ++steps;
                    machine.spend(1us);
                    co_await take_turns();
                }
            };
            auto outcome = co_await attempt(timeout(1s, gather(compute(), compute())));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() < 1s + 11ms);
        };
        run_test(body);
        CHECK(steps > 900'000);
    }

    TEST_CASE("cancelling a computation that waits for its turn ends it, and the others go on") {
        std::string log;
        auto body = [&]() -> Task<> {
            Cooperator cooperator;
            auto use = [&](TaskGroup& group) -> Task<> {
                group.spawn(compute(cooperator, log, 'a', 1000));
                co_await yield_now();
                co_await yield_now();
                group.cancel();
            };
            co_await gather(with_task_group(use), compute(cooperator, log, 'b', 6));
            CHECK(cooperator.waiting() == 0);
        };
        run_test(body);
        CHECK(log.ends_with("bbb"));
    }

    TEST_CASE("cooperate runs a computation in the background, and when_done tells that it came to its end") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                CooperativeTask first = cooperate(group, computation(log, 'a', 2));
                cooperate(group, computation(log, 'b', 3));
                CHECK_FALSE(first.done());
                CHECK(co_await first.when_done());
                CHECK(first.done());
                CHECK(co_await first.when_done());
                CHECK_FALSE(first.pause());
                CHECK_FALSE(first.resume());
                CHECK_FALSE(first.stop());
            };
            co_await with_task_group(use);
        };
        run_test(body);
        CHECK(log == "ababb");
    }

    TEST_CASE("a paused computation takes no step until it was resumed as often as it was paused") {
        int steps = 0;
        auto body = [&]() -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                CooperativeTask counting = cooperate(group, count(steps));
                CHECK_FALSE(counting.resume());
                co_await sleep(0s);
                CHECK(counting.pause());
                CHECK(counting.pause());
                co_await sleep(1s);
                int before = steps;
                co_await sleep(1s);
                CHECK(steps == before);
                CHECK(counting.resume());
                co_await sleep(1s);
                CHECK(steps == before);
                CHECK(counting.resume());
                for (int i = 0; i < 5; ++i) co_await yield_now();
                CHECK(steps > before);
                counting.stop();
            };
            co_await with_task_group(use);
        };
        run_test(body);
    }

    TEST_CASE("stopping a computation closes its generator, and is no failure") {
        std::string log;
        auto generate = [&]() -> AsyncGenerator<int> {
            try {
                while (true) co_yield 1;
            } catch (const Cancelled&) {
                log += '!';
            }
            co_await shield(sleep(1s));
            log += 'c';
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto use = [&](TaskGroup& group) -> Task<> {
                CooperativeTask computing = cooperate(group, generate());
                for (int i = 0; i < 20; ++i) co_await yield_now();
                CHECK(computing.stop());
                CHECK_FALSE(co_await computing.when_done());
                CHECK(log == "!c");
                CHECK(machine.elapsed() == 1s);

                CooperativeTask unbegun = cooperate(group, generate());
                unbegun.stop();
                CHECK_FALSE(co_await unbegun.when_done());
            };
            co_await with_task_group(use);
        };
        run_test(body);
        CHECK(log == "!c");
    }

    TEST_CASE("a paused computation can be stopped, and cancelled with its group") {
        int steps = 0;
        auto body = [&]() -> Task<> {
            std::optional<CooperativeTask> left;
            auto use = [&](TaskGroup& group) -> Task<> {
                CooperativeTask paused = cooperate(group, count(steps));
                paused.pause();
                co_await sleep(1s);
                paused.stop();
                CHECK_FALSE(co_await paused.when_done());
                left = cooperate(group, count(steps));
                left->pause();
                co_await sleep(1s);
                group.cancel();
            };
            co_await with_task_group(use);
            CHECK_FALSE(co_await left->when_done());
        };
        run_test(body);
        CHECK(steps == 0);
    }

    TEST_CASE("a computation that fails is the failure of its group, and when_done throws it too") {
        auto generate = []() -> AsyncGenerator<int> {
            co_yield 1;
            throw std::runtime_error("miscalculated");
        };
        auto body = [&]() -> Task<> {
            std::optional<CooperativeTask> failing;
            auto use = [&](TaskGroup& group) -> Task<> {
                failing = cooperate(group, generate());
                co_await sleep(1h);
            };
            auto outcome = co_await attempt(with_task_group(use));
            CHECK(outcome.failure().message() == "miscalculated");
            auto told = co_await attempt(failing->when_done());
            CHECK(told.failure().message() == "miscalculated");
        };
        run_test(body);
    }

    TEST_CASE("a Cooperator may go while its last computation is on its way out") {
        std::string log;
        auto body = [&]() -> Task<> {
            for (int i = 0; i < 3; ++i) {
                auto cooperator = std::make_unique<Cooperator>();
                co_await cooperator->turn();
                cooperator.reset();
                co_await yield_now();
                log += '.';
            }
        };
        run_test(body);
        CHECK(log == "...");
    }
}
