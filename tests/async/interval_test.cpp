#include <corduroy/async/interval.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Tick {
    Duration when;
    std::int64_t count;
    bool operator==(const Tick&) const = default;
};

using Ticks = std::vector<Tick>;

// Takes `number` ticks, and spends some time after each.
Task<Ticks> take(Machine& machine, Interval& ticks, int number, Duration pause = 0s) {
    Ticks taken;
    for (int i = 0; i < number; ++i) {
        std::int64_t count = co_await ticks.next();
        taken.push_back({machine.elapsed(), count});
        if (pause > 0s) co_await sleep(pause);
    }
    co_return taken;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("an Interval ticks at once, and then every interval") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            Ticks taken = co_await take(machine, ticks, 3);
            CHECK(taken == Ticks{{0s, 1}, {1s, 1}, {2s, 1}});
        };
        run_test(body);
    }

    TEST_CASE("an Interval that is not to tick at once ticks an interval from its start") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s, false);
            Ticks taken = co_await take(machine, ticks, 2);
            CHECK(taken == Ticks{{1s, 1}, {2s, 1}});
        };
        run_test(body);
    }

    TEST_CASE("time spent between ticks does not move them: they stay whole intervals from the start") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            Ticks taken = co_await take(machine, ticks, 4, 300ms);
            CHECK(taken == Ticks{{0s, 1}, {1s, 1}, {2s, 1}, {3s, 1}});
        };
        run_test(body);
    }

    TEST_CASE("ticks that pass while nobody waits are dropped, and counted by the next one") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            Ticks taken = co_await take(machine, ticks, 3, 2500ms);
            CHECK(taken == Ticks{{0s, 1}, {3s, 3}, {6s, 3}});
        };
        run_test(body);
    }

    TEST_CASE("a tick that the loop is late for is given late, and the ones after it in their places") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            auto block = [&]() -> Task<> {
                co_await sleep(500ms);
                machine.spend(2s);
            };
            auto both = co_await settle(take(machine, ticks, 3), block());
            CHECK(*std::get<0>(both) == Ticks{{0s, 1}, {2500ms, 2}, {3s, 1}});
        };
        run_test(body);
    }

    TEST_CASE("the first tick counts those that were dropped before it was asked for") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            co_await sleep(500ms);
            Ticks taken = co_await take(machine, ticks, 2);
            CHECK(taken == Ticks{{500ms, 1}, {1s, 1}});
            Interval late(1s);
            co_await sleep(2500ms);
            Ticks taken_late = co_await take(machine, late, 1);
            CHECK(taken_late == Ticks{{3500ms, 3}});
        };
        run_test(body);
    }

    TEST_CASE("an Interval of zero ticks in every turn, one at a time, and lets others run") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(0s);
            std::string log;
            auto other = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    log += 'o';
                    co_await yield_now();
                }
            };
            auto ticking = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    std::int64_t count = co_await ticks.next();
                    CHECK(count == 1);
                    log += 't';
                }
            };
            co_await settle(ticking(), other());
            CHECK(log == "tooott");
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("an interval that reaches past the end of the clock ticks no second time") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(Duration::max());
            CHECK(co_await ticks.next() == 1);
            co_await sleep(1h);
            CHECK_FALSE(co_await move_on_after(24h, ticks.next()));
            CHECK(machine.elapsed() == 25h);
        };
        run_test(body);
    }

    TEST_CASE("a negative interval is an error that says so") {
        auto body = []() -> Task<> {
            std::string message;
            try {
                Interval ticks(-1s);
            } catch (const Error& error) {
                message = error.what();
            }
            CHECK(message == "an interval cannot be negative, and -1 s was asked for");
            co_return;
        };
        run_test(body);
    }

    TEST_CASE("reset puts the next tick an interval from then, for who waits already and for who does not") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            auto reset = [&]() -> Task<> {
                co_await sleep(1700ms);
                ticks.reset();
            };
            auto both = co_await settle(take(machine, ticks, 4), reset());
            CHECK(*std::get<0>(both) == Ticks{{0s, 1}, {1s, 1}, {2700ms, 1}, {3700ms, 1}});
            co_await sleep(500ms);
            ticks.reset();
            Ticks taken = co_await take(machine, ticks, 1);
            CHECK(taken == Ticks{{5200ms, 1}});
        };
        run_test(body);
    }

    TEST_CASE("reset takes back the tick that is there at once") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            ticks.reset();
            Ticks taken = co_await take(machine, ticks, 1);
            CHECK(taken.front().when == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a cancelled wait loses no tick: the next one counts it") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s);
            co_await take(machine, ticks, 1);
            auto cut = co_await attempt(timeout(500ms, take(machine, ticks, 1)));
            CHECK(cut.failure().check<TimeoutError>());
            co_await sleep(1s);
            Ticks taken = co_await take(machine, ticks, 2);
            CHECK(taken == Ticks{{2s, 2}, {3s, 1}});
        };
        run_test(body);
    }

    TEST_CASE("an Interval in a cancelled scope raises at once, also where a tick is there") {
        bool ticked = false;
        auto ticking = [&]() -> Task<> { co_await sleep(1h); };
        auto body = [&](Machine& machine) -> Task<> {
            auto work = [&]() -> Task<> {
                Interval ticks(1s);
                auto slept = co_await attempt(timeout(10s, ticking()));
                static_cast<void>(slept);
                co_await ticks.next();
                ticked = true;
            };
            auto cut = co_await attempt(timeout(1s, work()));
            CHECK(cut.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK_FALSE(ticked);
    }

    TEST_CASE("the next tick can be handed to a combinator") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(2s, false);
            auto late = co_await attempt(timeout(1s, ticks.next()));
            CHECK(late.failure().check<TimeoutError>());
            CHECK(co_await timeout(2s, ticks.next()) == 1);
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }

    TEST_CASE("two coroutines cannot wait for one Interval, which the second is told") {
        auto body = [](Machine& machine) -> Task<> {
            Interval ticks(1s, false);
            auto both = co_await settle(take(machine, ticks, 1), take(machine, ticks, 1));
            CHECK(std::get<0>(both).has_value());
            CHECK(
                std::get<1>(both).failure().message().starts_with("two coroutines cannot wait for the same Interval"));
        };
        run_test(body);
    }
}
