// Scenarios of tasks and primitives, disturbed at every point there is.

#include <corduroy/corduroy.hpp>

#include "sweeps/judge.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

TEST_CASE("a semaphore's slot comes back, whatever happens to its holders") {
    sweep_all([](Trial& trial) -> Task<> {
        Semaphore slots(1);
        auto use = [&]() -> Task<> {
            auto slot = co_await slots.acquire();
            co_await sleep(5ms);
        };
        auto work = [&]() -> Task<> { co_await gather(use(), use(), use()); };
        co_await trial.disturb(work);
        auto slot = co_await slots.acquire();
    });
}

TEST_CASE("a queue hands every item over once, or keeps it") {
    sweep_all([](Trial& trial) -> Task<> {
        Queue<int> queue(1);
        int put = 0;
        int got = 0;
        auto produce = [&]() -> Task<> {
            for (int i = 0; i < 5; ++i) {
                co_await queue.put(i);
                ++put;
            }
        };
        auto consume = [&]() -> Task<> {
            for (int i = 0; i < 5; ++i) {
                std::optional<int> item = co_await queue.get();
                trial.expect(item == got, "items come in order");
                ++got;
                co_await sleep(1ms);
            }
        };
        auto work = [&]() -> Task<> { co_await gather(produce(), consume()); };
        co_await trial.disturb(work);
        trial.expect(static_cast<std::size_t>(put - got) == queue.size(), "no item is lost");
    });
}

TEST_CASE("a group's failure cancels the others and comes out of the group") {
    sweep_all([](Trial& trial) -> Task<> {
        bool caught = false;
        auto fails = []() -> Task<> {
            co_await sleep(2ms);
            throw Error("on purpose");
        };
        auto sleeps = []() -> Task<> { co_await sleep(1h); };
        auto body = [&](TaskGroup& group) -> Task<> {
            group.spawn(sleeps());
            group.spawn(fails());
            co_await sleep(1h);
        };
        auto work = [&]() -> Task<> {
            try {
                co_await with_task_group(body);
            } catch (const Error&) {
                caught = true;
            }
        };
        co_await trial.disturb(work);
        trial.expect(caught || !trial.completed(), "the failure is told");
    });
}

TEST_CASE("a timeout ends what takes too long, and nothing else") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = []() -> Task<> {
            auto late = co_await attempt(timeout(5ms, sleep(1h)));
            if (late) throw Error("it was not ended");
            co_await timeout(1h, sleep(1ms));
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a race is won by one, and the others are joined") {
    sweep_all([](Trial& trial) -> Task<> {
        int running = 0;
        auto runner = [&](Duration time) -> Task<int> {
            struct Runs {
                int& running;
                explicit Runs(int& count) : running(++count) {}
                ~Runs() { --running; }
            } runs(running);
            co_await sleep(time);
            co_return 1;
        };
        auto work = [&]() -> Task<> { co_await race(runner(3ms), runner(5ms), runner(1h)); };
        co_await trial.disturb(work);
        trial.expect(running == 0, "nobody runs on");
    });
}

TEST_CASE("work on a thread is joined") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            auto compute = [] { return 42; };
            int answer = co_await run_in_thread(compute);
            trial.expect(answer == 42, "the thread's answer comes");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a thread's calls into the loop are answered, and joined with it") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            auto later = []() -> Task<int> {
                co_await sleep(1ms);
                co_return 40;
            };
            auto compute = [&] {
                try {
                    return from_thread::run(later) + from_thread::run([] { return 2; });
                } catch (const Cancelled&) { // it is told to end, and does
                    return 42;
                }
            };
            int answer = co_await run_in_thread(compute);
            trial.expect(answer == 42, "the loop's answers come");
        };
        co_await trial.disturb(work);
    });
}
