#include <corduroy/async/looping_call.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Run {
    Duration when;
    std::int64_t count;
    bool operator==(const Run&) const = default;
};

using Runs = std::vector<Run>;
using Times = std::vector<Duration>;

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a LoopingCall calls at once and every interval, until stop, after which what start gave fires") {
        auto body = [](Machine& machine) -> Task<> {
            Times called;
            LoopingCall looping([&] { called.push_back(machine.elapsed()); });
            CHECK_FALSE(looping.running());
            Deferred<> ended = looping.start(1s);
            CHECK(looping.running());
            CHECK(called.empty());
            co_await sleep(2500ms);
            looping.stop();
            CHECK_FALSE(looping.running());
            co_await ended;
            CHECK(machine.elapsed() == 2500ms);
            CHECK(called == Times{0s, 1s, 2s});
        };
        run_test(body);
    }

    TEST_CASE("a LoopingCall that is not to call at once calls an interval from its start") {
        auto body = [](Machine& machine) -> Task<> {
            Times called;
            LoopingCall looping([&] {
                called.push_back(machine.elapsed());
                if (called.size() == 2) looping.stop();
            });
            co_await looping.start(1s, false);
            CHECK(called == Times{1s, 2s});
        };
        run_test(body);
    }

    TEST_CASE("with_count gives the numbers that Twisted gives when its clock is pumped by 1, 1, 2.5, 0.5 and 3 s") {
        auto body = [](sim::World& world) -> Task<> {
            Runs runs;
            LoopingCall looping =
                LoopingCall::with_count([&](std::int64_t count) { runs.push_back({world.elapsed(), count}); });
            looping.start(1s);
            // A step that takes until then leaves the clock where a pump would.
            co_await sleep(2s + 1ns);
            world.spend(2500ms - 1ns);
            co_await sleep_until(sim::SimKernel::start + 5s + 1ns);
            world.spend(3s - 1ns);
            co_await sleep_until(sim::SimKernel::start + 8s);
            looping.stop();
            CHECK(runs == Runs{{0s, 1}, {1s, 1}, {2s, 1}, {4500ms, 2}, {5s, 1}, {8s, 3}});
        };
        sim::run(body);
    }

    TEST_CASE("with_count counts from the start where it is not to call at once, and what a slow call dropped") {
        auto body = [](Machine& machine) -> Task<> {
            Runs runs;
            auto call = [&](std::int64_t count) -> Task<> {
                runs.push_back({machine.elapsed(), count});
                co_await sleep(2500ms);
            };
            LoopingCall looping = LoopingCall::with_count(call);
            looping.start(1s, false);
            co_await sleep(9s);
            looping.stop();
            CHECK(runs == Runs{{1s, 1}, {4s, 3}, {7s, 3}});
        };
        run_test(body);
    }

    TEST_CASE("with an interval of zero the count is always 1, and there is a call in every turn") {
        auto body = [](Machine& machine) -> Task<> {
            Runs runs;
            LoopingCall looping = LoopingCall::with_count([&](std::int64_t count) {
                runs.push_back({machine.elapsed(), count});
                if (runs.size() == 100) looping.stop();
            });
            co_await looping.start(0s);
            CHECK(runs.size() == 100);
            for (const Run& run : runs) CHECK(run == Run{0s, 1});
        };
        run_test(body);
    }

    TEST_CASE("a Task or a Deferred that the function gives is awaited before the next call, and no calls pile up") {
        auto body = [](Machine& machine) -> Task<> {
            Times called;
            auto slow = [&]() -> Task<int> {
                called.push_back(machine.elapsed());
                co_await sleep(1500ms);
                co_return 1;
            };
            LoopingCall looping(slow);
            looping.start(1s);
            co_await sleep(5s);
            looping.stop();
            CHECK(called == Times{0s, 2s, 4s});

            called.clear();
            LoopingCall deferring([&] {
                called.push_back(machine.elapsed());
                return ensure_deferred(slow());
            });
            co_await sleep(1s);
            deferring.start(1s);
            co_await sleep(1s);
            deferring.stop();
            CHECK(called == Times{6s, 6s});
        };
        run_test(body);
    }

    TEST_CASE("what a call throws, or its Task, ends the loop and is what the Deferred of start fails with") {
        auto body = [](Machine& machine) -> Task<> {
            int calls = 0;
            LoopingCall throwing([&] {
                if (++calls == 2) throw std::runtime_error("broken");
            });
            auto ended = co_await attempt(throwing.start(1s));
            CHECK(ended.failure().message() == "broken");
            CHECK(machine.elapsed() == 1s);
            CHECK_FALSE(throwing.running());

            auto fail = []() -> Task<> {
                co_await sleep(1s);
                throw std::runtime_error("broken later");
            };
            LoopingCall failing(fail);
            auto ended_later = co_await attempt(failing.start(1s));
            CHECK(ended_later.failure().message() == "broken later");
            CHECK(calls == 2);
        };
        run_test(body);
    }

    TEST_CASE("the failure of a loop whose Deferred was dropped is reported, once") {
        std::string reported;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { reported += failure.message(); });
            LoopingCall throwing([] { throw std::runtime_error("broken"); });
            throwing.start(1s);
            co_await sleep(5s);
        };
        run_test(body);
        CHECK(reported == "broken");
    }

    TEST_CASE("a negative interval is an error, and so is to start a loop that runs") {
        auto body = []() -> Task<> {
            LoopingCall looping([] {});
            CHECK_THROWS_AS(looping.start(-1s), Error);
            CHECK_FALSE(looping.running());
            looping.start(1s);
            std::string message;
            try {
                looping.start(1s);
            } catch (const Error& error) {
                message = error.what();
            }
            CHECK(message == "start of a looping call failed: it runs already");
            co_return;
        };
        run_test(body);
    }

    TEST_CASE(
        "a loop that was stopped can be started again at once, with another interval, but not beside its own call") {
        auto body = [](Machine& machine) -> Task<> {
            Times called;
            bool slow = false;
            auto call = [&]() -> Task<> {
                called.push_back(machine.elapsed());
                if (slow) co_await sleep(3s);
            };
            LoopingCall looping(call);
            looping.start(1s);
            co_await sleep(1500ms);
            looping.stop();
            slow = true;
            Deferred<> ended = looping.start(2s);
            co_await sleep(1s);
            looping.stop();
            CHECK_THROWS_AS(looping.start(1s), Error);
            co_await ended;
            CHECK(machine.elapsed() == 4500ms);
            CHECK(called == Times{0s, 1s, 1500ms});
            looping.start(1s);
            co_await sleep(1s);
            CHECK(called.back() == 4500ms);
        };
        run_test(body);
    }

    TEST_CASE("stop before the first call, and stop of what does not run, make no call") {
        auto body = []() -> Task<> {
            int calls = 0;
            LoopingCall looping([&] { ++calls; });
            looping.stop();
            looping.reset();
            Deferred<> ended = looping.start(1s);
            looping.stop();
            co_await ended;
            CHECK(calls == 0);
        };
        run_test(body);
    }

    TEST_CASE("reset skips the next call, and counts the interval from then; during a call too") {
        auto body = [](Machine& machine) -> Task<> {
            Times called;
            LoopingCall looping([&] { called.push_back(machine.elapsed()); });
            looping.start(1s);
            co_await sleep(1700ms);
            looping.reset();
            co_await sleep(2100ms);
            looping.stop();
            CHECK(called == Times{0s, 1s, 2700ms, 3700ms});

            called.clear();
            auto slow = [&]() -> Task<> {
                called.push_back(machine.elapsed());
                co_await sleep(400ms);
            };
            LoopingCall slower(slow);
            slower.start(1s);
            co_await sleep(200ms);
            slower.reset();
            co_await sleep(2100ms);
            slower.stop();
            CHECK(called == Times{3800ms, 5s, 6s});
        };
        run_test(body);
    }

    TEST_CASE("stop lets the call that is being awaited end, and what start gave fires only then") {
        auto body = [](Machine& machine) -> Task<> {
            bool finished = false;
            auto slow = [&]() -> Task<> {
                co_await sleep(3s);
                finished = true;
            };
            LoopingCall looping(slow);
            Deferred<> ended = looping.start(1s);
            co_await sleep(1s);
            looping.stop();
            co_await ended;
            CHECK(finished);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("cancelling what start gave cancels the loop, and the call that is being awaited") {
        auto body = [](Machine& machine) -> Task<> {
            bool finished = false;
            auto slow = [&]() -> Task<> {
                co_await sleep(1h);
                finished = true;
            };
            LoopingCall looping(slow);
            auto cut = co_await attempt(timeout(2s, looping.start(1s)));
            CHECK(cut.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 2s);
            CHECK_FALSE(looping.running());
            CHECK_FALSE(finished);
        };
        run_test(body);
    }

    TEST_CASE("a loop belongs to the group it was started in: the group waits for it, and cancels it") {
        auto body = [](Machine& machine) -> Task<> {
            int calls = 0;
            LoopingCall looping([&] {
                if (++calls == 3) looping.stop();
            });
            auto wait_for_it = [&](TaskGroup&) -> Task<> {
                looping.start(1s);
                co_return;
            };
            co_await with_task_group(wait_for_it);
            CHECK(calls == 3);
            CHECK(machine.elapsed() == 2s);

            auto cancel_it = [&](TaskGroup& group) -> Task<> {
                looping.start(1s);
                co_await sleep(1500ms);
                group.cancel();
            };
            co_await with_task_group(cancel_it);
            CHECK(calls == 5);
            CHECK_FALSE(looping.running());
        };
        run_test(body);
    }

    TEST_CASE("a LoopingCall that is destroyed stops, so that a forgotten one keeps no program from ending") {
        auto keeper = std::make_shared<int>(0);
        auto body = [&](Machine& machine) -> Task<> {
            auto count = [keeper] { ++*keeper; };
            LoopingCall looping(count);
            looping.start(1s);
            co_await sleep(2500ms);
            CHECK(machine.elapsed() == 2500ms);
        };
        run_test(body);
        CHECK(*keeper == 3);
        CHECK(keeper.use_count() == 1);
    }

    TEST_CASE("a LoopingCall may be destroyed by its own call, which then ends in peace") {
        auto body = []() -> Task<> {
            std::optional<LoopingCall> looping;
            std::string log;
            auto call = [&]() -> Task<> {
                log += 'a';
                looping.reset();
                co_await sleep(1s);
                log += 'b';
            };
            looping.emplace(call);
            co_await looping->start(1s);
            CHECK(log == "ab");
        };
        run_test(body);
    }

    TEST_CASE("a LoopingCall keeps the arguments that its function is to be called with") {
        auto body = []() -> Task<> {
            std::string log;
            auto note = [&](const std::string& what, char end) { log += what + end; };
            LoopingCall looping(note, std::string("tick"), '!');
            looping.start(1s);
            co_await sleep(1500ms);
            looping.stop();
            CHECK(log == "tick!tick!");
        };
        run_test(body);
    }
}
