// Scenarios of what gives a program its structure, disturbed at every point there is: Deferreds, generators, clean-up,
// repetition.

#include <corduroy/corduroy.hpp>

#include "sweeps/judge.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;
using sweep::Trial;

namespace {

Task<int> slowly(int value) {
    co_await sleep(1ms);
    co_return value;
}

// Says that it is open until it is closed, which takes a while.
struct Door {
    bool& open;
    explicit Door(bool& opened) : open(opened) { open = true; }

    Sleep close() { // no coroutine, whose frame might be one too many
        open = false;
        return sleep(1ms);
    }
};

// What must be gone when a coroutine's frame is.
struct Inside {
    int& count;
    explicit Inside(int& counted) : count(++counted) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { --count; }
};

AsyncGenerator<int> numbers(int& inside, bool& cleaned) {
    Inside here(inside);
    for (int i = 0; i < 4; ++i) {
        co_await sleep(1ms);
        co_yield i;
    }
    cleaned = true;
}

} // namespace

TEST_CASE("a chain of Deferreds comes to its end, or its failure to the one who waits") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            Deferred<std::string> chain = ensure_deferred(slowly(20))
                                              .add_callback([](int n) { return slowly(n + 1); })
                                              .add_callback([](int n) { return n * 2; })
                                              .add_callback([](int n) { return std::to_string(n); });
            std::string text = co_await std::move(chain);
            trial.expect(text == "42", "the chain gives what it computed");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("an errback that waits mends a chain of Deferreds") {
    sweep_all([](Trial& trial) -> Task<> {
        auto fails = []() -> Task<int> {
            co_await sleep(1ms);
            throw Error("on purpose");
        };
        auto work = [&]() -> Task<> {
            int number = co_await ensure_deferred(fails()).add_errback([](Failure) { return slowly(7); });
            trial.expect(number == 7, "the errback's value goes on");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a Deferred that is fired from elsewhere wakes who waits for it, if anybody does") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            Deferred<int> press;
            auto presses = [&]() -> Task<> {
                co_await sleep(2ms);
                press.callback(3);
            };
            auto waits = [&]() -> Task<> {
                int pressed = co_await press;
                trial.expect(pressed == 3, "the value comes");
            };
            co_await gather(presses(), waits());
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a generator that is read to its end, or left in the middle, leaves nothing of itself") {
    sweep_all([](Trial& trial) -> Task<> {
        int inside = 0;
        auto work = [&]() -> Task<> {
            bool cleaned = false;
            auto all = numbers(inside, cleaned);
            int sum = 0;
            while (auto item = co_await all.next()) sum += *item;
            trial.expect(sum == 6 && cleaned, "it gives all its items");
            auto some = numbers(inside, cleaned);
            co_await some.next();
            co_await some.close();
        };
        co_await trial.disturb(work);
        trial.expect(inside == 0, "no generator is left");
    });
}

TEST_CASE("what with() was given is closed, whatever becomes of the body") {
    sweep_all([](Trial& trial) -> Task<> {
        bool open = false;
        bool begun = false;
        auto body = [&](Door&) -> Task<> {
            begun = true;
            co_await sleep(1ms);
        };
        auto work = [&]() -> Task<> { co_await with(Door(open), body); };
        co_await trial.disturb(work);
        trial.expect(!begun || !open, "where the body has begun the door is shut again");
    });
}

TEST_CASE("what an exit stack was given is done, the last first") {
    sweep_all([](Trial& trial) -> Task<> {
        std::vector<int> done;
        done.reserve(2);
        int given = 0;
        auto body = [&](ExitStack& stack) -> Task<> {
            auto first = [&done] { // no coroutine, whose frame might be one too many
                done.push_back(1);
                return sleep(1ms);
            };
            auto second = [&done] { done.push_back(2); };
            stack.on_exit(first);
            ++given;
            co_await sleep(1ms);
            stack.on_exit(second);
            ++given;
            co_await sleep(1ms);
        };
        auto work = [&]() -> Task<> { co_await with_exit_stack(body); };
        co_await trial.disturb(work);
        trial.expect(given != 2 || done == std::vector{2, 1}, "both are done, the last first");
    });
}

TEST_CASE("what fails twice is tried a third time, with a pause between") {
    sweep_all([](Trial& trial) -> Task<> {
        int tries = 0;
        auto attempt_it = [&]() -> Task<int> {
            co_await sleep(1ms);
            if (++tries < 3) throw Error("not yet");
            co_return tries;
        };
        auto work = [&]() -> Task<> {
            RetryPolicy policy = RetryPolicy().attempts(8);
            int needed = co_await retry(policy, attempt_it);
            trial.expect(needed >= 3, "it is tried until it succeeds");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a channel hands over what is sent, and its ends see each other close") {
    sweep_all([](Trial& trial) -> Task<> {
        auto work = [&]() -> Task<> {
            Channel<std::string> channel(1);
            std::string received;
            auto send = [&]() -> Task<> {
                auto sender = std::move(channel.sender);
                for (const char* word : {"a", "b", "c"}) co_await sender.send(word);
            };
            auto receive = [&]() -> Task<> {
                auto receiver = std::move(channel.receiver);
                while (auto word = co_await receiver.next()) {
                    received += *word;
                    co_await sleep(1ms);
                }
            };
            co_await gather(send(), receive());
            trial.expect(received == "abc", "all comes, in order");
        };
        co_await trial.disturb(work);
    });
}

TEST_CASE("a looping call beats in time, and its end is the end") {
    sweep_all([](Trial& trial) -> Task<> {
        int running = 0;
        auto work = [&]() -> Task<> {
            int beats = 0;
            auto beat = [&]() -> Task<> {
                Inside here(running);
                ++beats;
                co_await sleep(1ms);
            };
            LoopingCall call(beat);
            Deferred<> end = call.start(5ms);
            co_await sleep(12ms);
            call.stop();
            co_await std::move(end);
            trial.expect(beats == 3, "it beats at 0, 5 and 10 ms");
        };
        co_await trial.disturb(work);
        trial.expect(running == 0, "no call runs on");
    });
}

TEST_CASE("a condition and a lock, of which none is left held") {
    sweep_all([](Trial& trial) -> Task<> {
        Lock lock;
        auto work = [&]() -> Task<> {
            Condition changed;
            bool ready = false;
            auto waits = [&]() -> Task<> {
                auto held = co_await lock.acquire();
                while (!ready) co_await changed.wait(held);
            };
            auto tells = [&]() -> Task<> {
                co_await sleep(1ms);
                auto held = co_await lock.acquire();
                ready = true;
                changed.notify_all();
            };
            co_await gather(waits(), tells());
        };
        co_await trial.disturb(work);
        auto held = co_await lock.acquire();
    });
}
