// What timers cost, beside a std::multimap as the yardstick. Each line: what was done, then ns an operation.

#include <corduroy/reactor/timer_queue.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int pending = 1'000'000;
constexpr int operations = 4'000'000;
constexpr TimePoint start{1'000'000s};

int fired = 0;
void count(TimerNode&) noexcept { ++fired; }

// Deadlines up to a minute ahead, made before the clock runs.
std::vector<TimePoint> deadlines(int number, unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<TimePoint> result(static_cast<std::size_t>(number));
    for (TimePoint& deadline : result) deadline = start + Duration(random() % 60'000'000'000);
    return result;
}

template <class F>
void measure(const char* what, int count, F f) {
    double best = 1e18;
    for (int round = 0; round < 5; ++round) {
        auto from = std::chrono::steady_clock::now();
        f();
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - from;
        if (took.count() < best) best = took.count();
    }
    std::printf("%-64s %8.1f ns\n", what, best / count);
}

// Sets timers one after the other and cancels each again, beside a million that are pending.
void set_and_cancel() {
    TimerQueue queue;
    queue.fire_due(start);
    std::deque<TimerNode> others;
    for (TimePoint deadline : deadlines(pending, 1)) queue.set(others.emplace_back(&count), deadline);

    TimerNode timer(&count);
    measure("wheel: set and cancel 30 s ahead, 1e6 pending", operations, [&] {
        for (int i = 0; i < operations; ++i) {
            queue.set(timer, start + 30s + Duration(i));
            queue.cancel(timer);
        }
    });
    std::vector<TimePoint> anywhere = deadlines(operations, 2);
    measure("wheel: set and cancel anywhere within 60 s, 1e6 pending", operations, [&] {
        for (TimePoint deadline : anywhere) {
            queue.set(timer, deadline);
            queue.cancel(timer);
        }
    });
    measure("wheel: the same, and next_deadline each time", operations, [&] {
        for (TimePoint deadline : anywhere) {
            queue.set(timer, deadline);
            queue.next_deadline();
            queue.cancel(timer);
        }
    });
    std::vector<std::uint32_t> which(operations);
    std::mt19937 random(3);
    for (auto& index : which) index = static_cast<std::uint32_t>(random() % pending);
    measure("wheel: set anew any of 1e6 pending", operations, [&] {
        for (int i = 0; i < operations; ++i) queue.set(others[which[i]], anywhere[i]);
    });
    for (TimerNode& other : others) queue.cancel(other);

    std::multimap<TimePoint, int> map;
    for (TimePoint deadline : deadlines(pending, 1)) map.emplace(deadline, 0);
    measure("multimap: insert and erase anywhere within 60 s, 1e6 pending", operations / 8, [&] {
        for (int i = 0; i < operations / 8; ++i) map.erase(map.emplace(anywhere[i], 0));
    });
}

// An idle time-out that is put off at every read, as time passes.
void put_off() {
    TimerQueue queue;
    queue.fire_due(start);
    std::deque<TimerNode> timers;
    for (int i = 0; i < 10'000; ++i) queue.set(timers.emplace_back(&count), start + 60s);
    TimePoint now = start;
    measure("wheel: put off by 60 s one of 1e4, a turn each", operations, [&] {
        for (int i = 0; i < operations; ++i) {
            now += 5us;
            queue.fire_due(now);
            queue.set(timers[static_cast<std::size_t>(i) % timers.size()], now + 60s);
            queue.next_deadline();
        }
    });
    for (TimerNode& timer : timers) queue.cancel(timer);
}

void set_and_fire(const char* what, const std::vector<TimePoint>& when, Duration step) {
    TimerQueue queue;
    queue.fire_due(start);
    std::deque<TimerNode> timers;
    for (std::size_t i = 0; i < when.size(); ++i) timers.emplace_back(&count);
    TimePoint now = start;
    measure(what, pending, [&] {
        fired = 0;
        for (std::size_t i = 0; i < when.size(); ++i) queue.set(timers[i], now + (when[i] - start));
        for (TimePoint end = now + 61s; now < end; now += step) queue.fire_due(now);
        if (fired != pending) std::abort();
    });
}

void multimap_set_and_fire() {
    std::vector<TimePoint> when = deadlines(pending, 4);
    measure("multimap: insert 1e6 within 60 s, take out in order", pending, [&] {
        std::multimap<TimePoint, int> map;
        for (TimePoint deadline : when) map.emplace(deadline, 0);
        while (!map.empty()) map.erase(map.begin());
    });
}

} // namespace

int main() {
    set_and_cancel();
    put_off();
    set_and_fire("wheel: set 1e6 within 60 s, fire by steps of 1 ms", deadlines(pending, 4), 1ms);
    set_and_fire("wheel: set 1e6 within 60 s, fire in one jump", deadlines(pending, 4), 61s - 1ns);
    set_and_fire("wheel: set 1e6 for the same time, fire", std::vector<TimePoint>(pending, start + 10s), 1s);
    set_and_fire("wheel: set 1e6 for now, fire", std::vector<TimePoint>(pending, start), 61s);
    multimap_set_and_fire();
}
