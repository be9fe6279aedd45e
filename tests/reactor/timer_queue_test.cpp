#include <corduroy/reactor/timer_queue.hpp>

#include <corduroy/base/unique_function.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{12'345'678'901us};

// A timer that calls a function, and leaves its queue at the end of the test.
struct Timer : TimerNode {
    Timer(TimerQueue& queue, UniqueFunction<void()> function)
        : TimerNode([](TimerNode& node) noexcept { static_cast<Timer&>(node).function(); }), queue(queue),
          function(std::move(function)) {}
    ~Timer() { queue.cancel(*this); }
    void set(TimePoint deadline) { queue.set(*this, deadline); }

    TimerQueue& queue;
    UniqueFunction<void()> function;
};

// A queue at the time `start`, and timers that note their numbers when they fire.
struct Bench {
    Bench() { queue.fire_due(start); }

    Timer& timer(int number) {
        return timers.emplace_back(queue, [this, number] { fired.push_back(number); });
    }
    Timer& set(int number, TimePoint deadline) {
        Timer& made = timer(number);
        made.set(deadline);
        return made;
    }
    std::vector<int> fire(TimePoint now) {
        fired.clear();
        std::size_t count = queue.fire_due(now);
        CHECK(count == fired.size());
        return fired;
    }

    TimerQueue queue;
    std::deque<Timer> timers;
    std::vector<int> fired;
};

using Numbers = std::vector<int>;

} // namespace

TEST_CASE("a timer fires when its deadline is reached, and not a nanosecond earlier") {
    for (Duration ahead : {1ns, 999ns, 1'048'575ns, 1'048'576ns, 1'048'577ns, Duration(67ms), Duration(68ms),
                           Duration(5s), Duration(1h), Duration(24h * 3650)}) {
        Bench bench;
        Timer& timer = bench.set(1, start + ahead);
        CHECK(timer.armed());
        CHECK(timer.deadline() == start + ahead);
        CHECK(bench.fire(start + ahead - 1ns) == Numbers{});
        CHECK(timer.armed());
        CHECK(bench.queue.size() == 1);
        CHECK(bench.fire(start + ahead) == Numbers{1});
        CHECK(!timer.armed());
        CHECK(bench.queue.size() == 0);
        CHECK(bench.fire(start + ahead + 1h) == Numbers{});
    }
}

TEST_CASE("timers fire in the order of their deadlines, to the nanosecond") {
    Bench bench;
    bench.set(3, start + 3s);
    bench.set(2, start + 2'000'000'001ns);
    bench.set(1, start + 2s);
    bench.set(5, start + 24h);
    bench.set(4, start + 3s + 1ns);
    CHECK(bench.fire(start + 48h) == Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("timers of the same deadline fire in the order of setting, near, far, and past") {
    for (Duration ahead : {Duration(-5s), Duration(0), Duration(1ns), Duration(1s), Duration(1h)}) {
        Bench bench;
        for (int number = 0; number < 100; ++number) bench.set(number, start + ahead);
        // Setting anew counts as setting now.
        bench.timers[40].set(start + ahead);
        Numbers expected;
        for (int number = 0; number < 100; ++number)
            if (number != 40) expected.push_back(number);
        expected.push_back(40);
        CHECK(bench.fire(start + 2h) == expected);
    }
}

TEST_CASE(
    "timers of the same deadline keep their order though some were set when it was far and some when it was near") {
    Bench bench;
    TimePoint deadline = start + 10min;
    int number = 0;
    for (Duration passed : {Duration(0), Duration(5min), Duration(9min), Duration(599s), Duration(599'999'500us)}) {
        bench.queue.fire_due(start + passed);
        bench.set(number++, deadline);
        bench.set(number++, deadline);
    }
    CHECK(bench.fire(deadline) == Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a cancelled timer does not fire, wherever it stood") {
    Bench bench;
    for (Duration ahead : {Duration(-1s), Duration(-2s), Duration(0), Duration(10us), Duration(50ms), Duration(1h)})
        bench.set(1, start + ahead);
    bench.set(2, start + 1h);
    for (Timer& timer : bench.timers) {
        if (&timer == &bench.timers.back()) continue;
        bench.queue.cancel(timer);
        CHECK(!timer.armed());
        bench.queue.cancel(timer); // nothing to do
    }
    CHECK(bench.queue.size() == 1);
    CHECK(bench.fire(start + 2h) == Numbers{2});
}

TEST_CASE("a timer that is set anew fires at the new time alone, sooner or later") {
    Bench bench;
    Timer& timer = bench.set(1, start + 1s);
    timer.set(start + 60s);
    CHECK(bench.queue.size() == 1);
    CHECK(bench.fire(start + 59s) == Numbers{});
    timer.set(start + 59s + 10us);
    CHECK(bench.queue.next_deadline() == start + 59s + 10us);
    CHECK(bench.fire(start + 59s + 10us) == Numbers{1});
    CHECK(bench.fire(start + 61s) == Numbers{});
}

TEST_CASE("a handler cancels timers that are due in the same call, which then do not fire") {
    Bench bench;
    Timer *first = nullptr, *second = nullptr, *third = nullptr;
    Timer canceller(bench.queue, [&] {
        bench.queue.cancel(*first);
        bench.queue.cancel(*second);
        bench.queue.cancel(*third);
    });
    canceller.set(start + 1s);
    first = &bench.set(1, start + 1s);            // of the same time,
    second = &bench.set(2, start + 1s + 100us);   // of the same tick,
    bench.set(3, start + 1s + 100us);             // (which stays)
    third = &bench.set(4, start + 2s);            // of a later one
    CHECK(bench.queue.fire_due(start + 3s) == 2); // the canceller and 3
    CHECK(bench.fired == Numbers{3});
}

TEST_CASE("a handler that sets its timer for now again and again does not keep the call from ending") {
    TimerQueue queue;
    int calls = 0;
    Timer* self = nullptr;
    Timer timer(queue, [&] {
        ++calls;
        self->set(start);
    });
    self = &timer;
    timer.set(start);
    CHECK(queue.fire_due(start) == 1);
    CHECK(calls == 1);
    CHECK(queue.size() == 1);
    CHECK(queue.next_deadline() == start);
    CHECK(queue.fire_due(start) == 1);
    CHECK(calls == 2);
}

TEST_CASE("a timer that a handler sets fires in the call after, if its time has passed, and in its place then") {
    Bench bench;
    Timer setter(bench.queue, [&] {
        bench.set(1, start + 4s); // before the end of the jump
        bench.set(2, start + 2s);
        bench.set(3, start + 9s); // after it
        bench.timers.front().set(start + 3s);
        bench.queue.cancel(bench.set(9, start + 2s));
        CHECK(bench.queue.next_deadline() <= start + 2s);
    });
    bench.set(0, start + 7s);
    setter.set(start + 1s);
    CHECK(bench.queue.fire_due(start + 8s) == 1);
    CHECK(bench.fired == Numbers{});
    CHECK(bench.queue.next_deadline() == start + 2s);
    CHECK(bench.fire(start + 8s) == Numbers{2, 0, 1});
    CHECK(bench.queue.next_deadline() == start + 9s);
    CHECK(bench.fire(start + 9s) == Numbers{3});
}

TEST_CASE("a handler may destroy its timer and others") {
    TimerQueue queue;
    queue.fire_due(start);
    std::unique_ptr<Timer> self, other;
    bool other_fired = false;
    struct Ending : TimerNode {
        explicit Ending(std::unique_ptr<Timer>& other)
            : TimerNode([](TimerNode& node) noexcept {
                  auto* ending = static_cast<Ending*>(&node);
                  ending->other.reset();
                  delete ending;
              }),
              other(other) {}
        std::unique_ptr<Timer>& other;
    };
    other = std::make_unique<Timer>(queue, [&] { other_fired = true; });
    queue.set(*new Ending(other), start + 1s);
    other->set(start + 1s);
    CHECK(queue.fire_due(start + 2s) == 1);
    CHECK(!other_fired);
    CHECK(queue.size() == 0);
}

TEST_CASE("deadlines of ten years, of the end of time and of its beginning are held") {
    Bench bench;
    TimePoint in_ten_years = start + 24h * 3652;
    bench.set(4, TimePoint::max());
    bench.set(3, in_ten_years);
    bench.set(2, in_ten_years - 1ns);
    bench.set(1, TimePoint::min());
    CHECK(bench.queue.next_deadline() == TimePoint::min());
    CHECK(bench.fire(start) == Numbers{1});
    // Waiting for what next_deadline says gets there in a few steps, and early for none.
    int steps = 0;
    TimePoint now = start;
    while (bench.fired != Numbers{2}) {
        now = *bench.queue.next_deadline();
        CHECK(now <= in_ten_years - 1ns);
        bench.fire(now);
        REQUIRE(++steps < 10);
    }
    CHECK(now == in_ten_years - 1ns);
    CHECK(bench.fire(TimePoint::max() - 1ns) == Numbers{3});
    CHECK(bench.fire(TimePoint::max()) == Numbers{4});
    bench.set(5, TimePoint::max());
    bench.set(6, start);
    CHECK(bench.fire(start) == Numbers{6});
    CHECK(bench.fire(TimePoint::max()) == Numbers{5});
}

TEST_CASE("a time before that of an earlier call moves nothing backwards and fires only what is due by it") {
    Bench bench;
    bench.queue.fire_due(start + 10s);
    bench.set(1, start + 5s);
    bench.set(2, start + 12s);
    CHECK(bench.fire(start + 1s) == Numbers{});
    CHECK(bench.queue.next_deadline() == start + 5s);
    CHECK(bench.fire(start + 6s) == Numbers{1});
    CHECK(bench.fire(start + 12s) == Numbers{2});
}

TEST_CASE("next_deadline is nothing without timers, and exact where few timers are close together") {
    Bench bench;
    CHECK(!bench.queue.next_deadline());
    Timer& late = bench.set(1, start + 1h);
    CHECK(bench.queue.next_deadline() == start + 1h);
    Timer& early = bench.set(2, start + 10s + 3ns);
    CHECK(bench.queue.next_deadline() == start + 10s + 3ns);
    bench.queue.cancel(early);
    CHECK(bench.queue.next_deadline() == start + 1h);
    late.set(start + 2h);
    CHECK(bench.queue.next_deadline() == start + 2h);
    bench.queue.cancel(late);
    CHECK(!bench.queue.next_deadline());

    for (int number = 0; number < 100; ++number) bench.set(number, start + 1h);
    bench.set(100, start + 3h);
    bench.queue.cancel(bench.set(101, start + 30min));
    CHECK(bench.queue.next_deadline() <= start + 1h);
    CHECK(bench.queue.next_deadline() > start + 30min);
    for (Timer& timer : bench.timers)
        if (timer.deadline() == start + 1h) bench.queue.cancel(timer);
    CHECK(bench.queue.next_deadline() == start + 3h);
}

TEST_CASE("a sleeper among many others costs at most one wake-up a level of the wheel") {
    Bench bench;
    for (int number = 0; number < 1'000; ++number) bench.set(number, start + 1h + number * 1us);
    int wakes = 0;
    while (bench.queue.size() == 1'000) {
        bench.queue.fire_due(*bench.queue.next_deadline());
        REQUIRE(++wakes <= 9);
    }
    CHECK(bench.fired == Numbers{0});
}

TEST_CASE("the queue does what an ordered set does, over a hundred thousand random steps with jumps of time") {
    for (unsigned seed : {1u, 2u, 3u, 4u}) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        auto below = [&](std::uint64_t bound) { return random() % bound; };
        // Spans of all sizes are equally likely: from within a tick to years.
        auto span = [&] { return Duration(below(std::uint64_t{1} << below(58))); };

        constexpr std::size_t count = 300;
        using Key = std::tuple<TimePoint, std::uint64_t, std::size_t>; // deadline, order of setting, timer
        std::set<Key> model;
        std::vector<Key> keys(count);
        std::uint64_t order = 0;
        TimePoint now = start;
        TimePoint firing_until = TimePoint::min();
        std::vector<Key> set_while_firing;
        std::size_t mistakes = 0;

        TimerQueue queue;
        std::deque<Timer> timers;
        auto cancel = [&](std::size_t index) {
            model.erase(keys[index]);
            std::erase(set_while_firing, keys[index]);
            queue.cancel(timers[index]);
        };
        auto set = [&](std::size_t index, TimePoint deadline) {
            model.erase(keys[index]);
            std::erase(set_while_firing, keys[index]);
            keys[index] = {deadline, order++, index};
            if (deadline <= firing_until) {
                set_while_firing.push_back(keys[index]);
            } else {
                model.insert(keys[index]);
            }
            timers[index].set(deadline);
        };
        auto some_time = [&] {
            if (below(3) == 0) return std::get<0>(keys[below(count)]); // the same as another's
            return below(4) == 0 ? now - std::min(span(), now.time_since_epoch()) : now + span();
        };
        for (std::size_t index = 0; index < count; ++index) {
            timers.emplace_back(queue, [&, index] {
                // It must be the first in the model, and due.
                if (model.empty() || *model.begin() != keys[index] || std::get<0>(keys[index]) > firing_until)
                    ++mistakes;
                model.erase(keys[index]);
                if (below(4) == 0) set(below(4) == 0 ? index : below(count), some_time());
                if (below(4) == 0) cancel(below(count));
            });
        }

        for (int step = 0; step < 25'000; ++step) {
            switch (below(8)) {
            case 0:
            case 1:
            case 2:
            case 3:
                set(below(count), some_time());
                break;
            case 4:
                cancel(below(count));
                break;
            case 5: {
                auto bound = queue.next_deadline();
                if (bound.has_value() != !model.empty()) ++mistakes;
                if (bound && *bound > std::get<0>(*model.begin())) ++mistakes;
                if (!bound || below(2) == 0 || *bound < now) break;
                if (*bound > start + 24h * 36'500) break; // time stays within a century
                now = *bound;
                [[fallthrough]];
            }
            default:
                if (below(4) == 0 && now < start + 24h * 36'500) now += span() / 1'000;
                firing_until = now;
                queue.fire_due(now);
                if (!model.empty() && std::get<0>(*model.begin()) <= now) ++mistakes;
                firing_until = TimePoint::min();
                model.insert(set_while_firing.begin(), set_while_firing.end());
                bool waits = !set_while_firing.empty();
                set_while_firing.clear();
                auto bound = queue.next_deadline();
                if (!waits && bound && *bound <= now) ++mistakes; // no progress
            }
            if (queue.size() != model.size()) ++mistakes;
            REQUIRE(mistakes == 0);
        }
        // To the end.
        while (!model.empty()) {
            auto bound = queue.next_deadline();
            REQUIRE(bound);
            now = std::max(now, *bound);
            firing_until = now;
            queue.fire_due(now);
            firing_until = TimePoint::min();
            model.insert(set_while_firing.begin(), set_while_firing.end());
            set_while_firing.clear();
            REQUIRE(mistakes == 0);
            REQUIRE(queue.size() == model.size());
        }
    }
}

TEST_CASE("ten thousand timers within one tick, set in any order and half of them cancelled, fire in order") {
    Bench bench;
    std::mt19937 random(7);
    std::vector<std::pair<TimePoint, int>> expected;
    for (int number = 0; number < 10'000; ++number) {
        TimePoint deadline = start + Duration(random() % 1'000'000);
        bench.set(number, deadline);
        expected.emplace_back(deadline, number);
    }
    std::erase_if(expected, [&](const auto& entry) {
        if (random() % 2 == 0) return false;
        bench.queue.cancel(bench.timers[static_cast<std::size_t>(entry.second)]);
        return true;
    });
    std::sort(expected.begin(), expected.end());
    Numbers numbers;
    for (auto& [deadline, number] : expected) numbers.push_back(number);
    CHECK(bench.fire(start + 1ms) == numbers);
}
