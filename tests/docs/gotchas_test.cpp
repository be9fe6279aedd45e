// The code of docs/gotchas.md, compiled and run.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> notes;

Task<> note(std::string text) {
    co_await sleep(1ms);
    notes.push_back(text);
}

Task<> fail_to_save() {
    co_await sleep(1ms);
    throw Error("the disk is full");
}

Task<> greet(std::string name) {
    co_await sleep(1s);
    notes.push_back("hello " + name);
}

Task<> greet_all(std::vector<std::string> names) {
    auto body = [&](TaskGroup& group) -> Task<> {
        for (const std::string& name : names) {
            // A function: its parameters live in its frame.
            group.spawn(greet(name));
            // A lambda that captures: give the group the lambda itself, which it keeps, and not what calling it makes.
            auto wave = [name]() -> Task<> {
                co_await sleep(2s);
                notes.push_back("goodbye " + name);
            };
            group.spawn(wave);
        }
        co_return;
    };
    co_await with_task_group(body);
}

Task<> save() {
    auto saved = co_await attempt(fail_to_save());
    if (!saved) co_await note("not saved: " + saved.failure().message());
}

Task<> work() {
    bool cancelled = false;
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
        cancelled = true;
    }
    co_await shield(timeout(5s, note("cleaned up")));
    if (cancelled) co_await yield_now(); // raises Cancelled again
    notes.push_back("never reached when cancelled");
}

Task<std::size_t> count_letters(std::vector<std::string> names) {
    std::size_t letters = 0; // outlives the group, so that its children may refer to it
    auto body = [&](TaskGroup& group) -> Task<> {
        for (const std::string& name : names) {
            auto count = [&letters, name]() -> Task<> {
                co_await sleep(1s);
                letters += name.size();
            };
            group.spawn(count);
        }
        co_return; // what the body itself declared ends here, and the children run on
    };
    co_await with_task_group(body);
    co_return letters;
}

Task<> poll_server(int& polls) {
    co_await sleep(1s);
    if (++polls % 2 == 0) throw 42; // somebody else's library
}

Task<> poll_for_ever(int& polls) {
    for (;;) {
        try {
            co_await poll_server(polls);
        } catch (const Cancelled&) {
            throw; // or else catch (...) would eat it
        } catch (...) {
            notes.push_back("failed: " + Failure::current().message());
        }
        co_await sleep(1s);
    }
}

std::size_t count_slowly(std::string text) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
}

Task<> count_words(std::string text) {
    std::size_t words = co_await run_in_thread(count_slowly, text);
    notes.push_back(std::to_string(words) + " words");
}

} // namespace

TEST_SUITE("docs") {
    TEST_CASE("what gotchas.md says about lambdas that capture holds") {
        notes.clear();
        sim::run([] { return greet_all({"Ada", "Grace"}); });
        CHECK(notes == std::vector<std::string>{"hello Ada", "hello Grace", "goodbye Ada", "goodbye Grace"});
    }

    TEST_CASE("what gotchas.md says about waiting after a failure holds") {
        notes.clear();
        sim::run(save);
        CHECK(notes == std::vector<std::string>{"not saved: the disk is full"});
    }

    TEST_CASE("what gotchas.md says about blocking holds") {
        notes.clear();
        sim::run([] { return count_words("to be or not to be"); });
        CHECK(notes == std::vector<std::string>{"6 words"});
    }

    TEST_CASE("what gotchas.md says about cleaning up holds") {
        notes.clear();
        auto body = []() -> Task<> {
            bool timed_out = false;
            try {
                co_await timeout(1s, work());
            } catch (const TimeoutError&) {
                timed_out = true;
            }
            CHECK(timed_out);
        };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"cleaned up"});
    }

    TEST_CASE("what gotchas.md says about what children refer to holds") {
        std::vector<std::string> names{"Ada", "Grace"};
        auto body = [&]() -> Task<> { CHECK(co_await count_letters(names) == 8); };
        sim::run(body);
    }

    TEST_CASE("what gotchas.md says about catching everything holds") {
        notes.clear();
        int polls = 0;
        auto body = [&]() -> Task<> { CHECK_FALSE(co_await move_on_after(10s, poll_for_ever(polls))); };
        sim::run(body);
        CHECK(notes == std::vector<std::string>{"failed: unknown exception int", "failed: unknown exception int"});
    }
}
