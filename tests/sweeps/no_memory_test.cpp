// What must not fail where there is no memory, and what it does without.

#include <corduroy/async/run.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/net/stream.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include "sweeps/refuses_one.hpp"
#include "testing/sweep_watch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <new>
#include <source_location>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Has allocations fail while it is told to.
class NoMemory final : public sweep::MemoryWatch {
public:
    bool refuses() noexcept override { return refusing; }
    bool freed(const void*, const void*) noexcept override { return true; }

    bool refusing = false;
};

struct Timer : TimerNode {
    Timer()
        : TimerNode([](TimerNode& timer) noexcept {
              auto& self = static_cast<Timer&>(timer);
              self.fired->push_back(self.deadline());
          }) {}
    std::vector<TimePoint>* fired = nullptr;
};

// Reads while one allocation fails, and on where that was told. Whether there were as many.
Task<bool> read_lines_without(int allocation) {
    auto [reader, writer] = net::stream_pair();
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "line " + std::to_string(i) + "\n";
    co_await writer.write_all(text);
    co_await writer.shutdown();
    std::string got;
    got.reserve(text.size());
    testing::RefusesOne memory(allocation);
    for (int failures = 0; failures < 3;) {
        try {
            auto line = co_await reader.read_line();
            if (!line) break;
            got.append(*line).append("\n");
        } catch (const std::bad_alloc&) {
            ++failures;
        }
    }
    CAPTURE(allocation);
    CHECK(text.starts_with(got));
    co_return memory.refused();
}

} // namespace

TEST_CASE("no allocation that fails leaves a hole in what is read line by line") {
    if (!sweep::memory_is_watched()) return;
    detail::FramePoolPause pause;
    int refused = 0;
    auto body = [&refused]() -> Task<> {
        while (refused < 300 && co_await read_lines_without(refused)) ++refused;
    };
    run(body());
    CHECK(refused >= 5);
}

TEST_CASE("timers fire in their order also where there is no memory to sort them") {
    constexpr int count = 64;
    // Within one tick of the wheel, in an order without a pattern, and some of them equal.
    auto deadline = [](int i) { return TimePoint(1s + std::chrono::microseconds(i * 37 % 50)); };
    // Whether there is memory: for none, for every other, or for all but the first few.
    for (int kind = 0; kind < 3; ++kind) {
        for (bool set_beforehand : {false, true}) {
            NoMemory memory;
            std::vector<TimePoint> fired;
            fired.reserve(count);
            TimerQueue queue;
            std::array<Timer, count> timers;
            if (!set_beforehand) queue.fire_due(TimePoint(1s) - 1us);
            for (int i = 0; i < count; ++i) {
                auto& timer = timers[static_cast<std::size_t>(i)];
                timer.fired = &fired;
                memory.refusing = kind == 0 || (kind == 1 && i % 2 == 0) || (kind == 2 && i > 10);
                queue.set(timer, deadline(i));
            }
            for (std::size_t i = 0; i < count; i += 5) queue.cancel(timers[i]);
            memory.refusing = true;
            std::size_t told = queue.fire_due(TimePoint(1s + 25us));
            told += queue.fire_due(TimePoint(2s));
            memory.refusing = false;
            CHECK(told == fired.size());
            CHECK(fired.size() == count - (count + 4) / 5);
            CHECK(std::is_sorted(fired.begin(), fired.end()));
            CHECK(queue.size() == 0);
        }
    }
}

TEST_CASE("a failure does without its notes where there is no memory for them, and is no less a failure") {
    NoMemory memory;
    Failure failure = Failure::of(std::runtime_error("why"));
    Failure other = Failure::of(std::runtime_error("and why not"));
    other.add_site(std::source_location::current());
    other.add_suppressed(Failure::of(std::runtime_error("beside it")));
    memory.refusing = true;
    failure.add_site(std::source_location::current());
    failure.add_suppressed(other);
    Failure made = Failure::made_by([] { return std::runtime_error("a text that is too long to need no memory"); });
    memory.refusing = false;
    CHECK(failure.message() == "why");
    CHECK(failure.sites().empty());
    CHECK(failure.suppressed().empty());
    CHECK(made.check<std::bad_alloc>());
    failure.add_suppressed(other);
    CHECK(failure.suppressed().size() == 2);
}

TEST_CASE("while the frame lists pause each block is freed, and afterwards they are as they were") {
    release_frame(allocate_frame(100), 100);
    std::size_t pooled = pooled_frame_bytes();
    {
        detail::FramePoolPause pause;
        void* frame = allocate_frame(100);
        release_frame(frame, 100);
        CHECK(pooled_frame_bytes() == 0);
    }
    CHECK(pooled_frame_bytes() == pooled);
}
