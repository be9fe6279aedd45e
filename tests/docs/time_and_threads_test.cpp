// The code of docs/time-and-threads.md, compiled and run.

#include <corduroy/corduroy.hpp>
#include <corduroy/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> notes;

void note(std::string text) { notes.push_back(std::move(text)); }

Task<> save() {
    co_await sleep(1s);
    note("saved");
}

Task<> show_progress() {
    LoopingCall progress([] { note("still at it"); });
    progress.start(1s);
    co_await sleep(2500ms); // the work
} // ends with the LoopingCall

Task<> save_regularly(int times) {
    Interval ticks(10s);
    for (int i = 0; i < times; ++i) {
        std::int64_t passed = co_await ticks.next();
        if (passed > 1) note(std::to_string(passed - 1) + " missed");
        co_await save();
    }
}

// Blocks, for a library knows no better.
std::string compress(std::string text) {
    text.erase(std::unique(text.begin(), text.end()), text.end());
    return text;
}

Task<> compress_both() {
    auto both = gather(run_in_thread(compress, std::string("aabbb")), run_in_thread(compress, std::string("cccd")));
    auto [first, second] = co_await std::move(both);
    note(first + second);
}

// Runs in a thread, and asks the loop.
int sum_up(int count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        from_thread::check_cancelled();
        auto fetch = [i]() -> Task<int> {
            co_await sleep(1s);
            co_return i;
        };
        sum += from_thread::run(fetch);
    }
    return sum;
}

Task<> sum_in_thread() {
    int sum = co_await run_in_thread(sum_up, 4);
    note("the sum is " + std::to_string(sum));
}

Task<> reload_on_hangup(int times) {
    SignalReceiver signals(SIGHUP);
    for (int i = 0; i < times; ++i) {
        co_await signals.next();
        note("reloaded");
    }
}

Task<> open_store() {
    add_shutdown_trigger(ShutdownPhase::during, save);
    note("opened");
    co_return;
}

Task<int> twice(int number) {
    co_await sleep(1ms);
    co_return 2 * number;
}

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("what time-and-threads.md says about calls at regular times holds") {
        notes.clear();
        sim::run(show_progress);
        CHECK(notes == std::vector<std::string>{"still at it", "still at it", "still at it"});
        notes.clear();
        auto body = [](sim::World& world) -> Task<> {
            auto saving = ensure_deferred(save_regularly(3));
            co_await sleep(5s);
            world.spend(40s);
            co_await saving;
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"saved", "3 missed", "saved", "saved"});
    }

    TEST_CASE("what time-and-threads.md says about threads holds") {
        notes.clear();
        sim::run(compress_both);
        sim::run(sum_in_thread);
        CHECK(notes == std::vector<std::string>{"abcd", "the sum is 6"});
    }

    TEST_CASE("what time-and-threads.md says about threads of one's own holds") {
        Reactor reactor;
        int result = 0;
        std::atomic<bool> done = false;
        std::thread other([&] {
            result = blocking_call_from_thread(reactor, twice, 21);
            reactor.call_from_thread([&] { done = true; });
        });
        auto program = [&]() -> Task<> {
            while (!done) co_await sleep(1ms);
        };
        run(reactor, program());
        other.join();
        CHECK(result == 42);
    }

    TEST_CASE("what time-and-threads.md says about signals holds") {
        notes.clear();
        auto body = [](sim::World& world) -> Task<> {
            auto reloading = ensure_deferred(reload_on_hangup(2));
            co_await sleep(1s);
            world.raise(SIGHUP);
            co_await sleep(1s);
            world.raise(SIGHUP);
            co_await reloading;
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"reloaded", "reloaded"});
    }

    TEST_CASE("what time-and-threads.md says about a program's end holds") {
        notes.clear();
        sim::run(open_store);
        CHECK(notes == std::vector<std::string>{"opened", "saved"});
    }
}
