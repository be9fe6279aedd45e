#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> give(int value) { co_return value; }

Task<std::unique_ptr<int>> give_pointer(int value) { co_return std::make_unique<int>(value); }

Task<int&> give_reference(int& value) { co_return value; }

Task<> note(std::string& log, char letter) {
    log += letter;
    co_return;
}

Task<int> fail(std::string message) {
    co_await yield_now();
    throw std::runtime_error(message);
}

Task<int> pass_on() { co_return co_await fail("from below"); }

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a Task runs nothing until it is awaited, and everything before the await is over") {
        std::string log;
        auto body = [&]() -> Task<> {
            Task<> task = note(log, 'b');
            log += 'a';
            co_await std::move(task);
            log += 'c';
        };
        run_test(body);
        CHECK(log == "abc");
    }

    TEST_CASE("a Task that is dropped before it ran leaves nothing behind") {
        std::string log;
        {
            Task<> task = note(log, 'x');
        }
        CHECK(log.empty());
    }

    TEST_CASE("a Task gives values, move-only values and references") {
        int variable = 1;
        auto body = [&]() -> Task<> {
            CHECK(co_await give(7) == 7);
            std::unique_ptr<int> pointer = co_await give_pointer(8);
            CHECK(*pointer == 8);
            int& reference = co_await give_reference(variable);
            CHECK(&reference == &variable);
        };
        run_test(body);
    }

    TEST_CASE("what a Task throws is caught where it is awaited") {
        auto body = []() -> Task<std::string> {
            std::string caught;
            try {
                int value = co_await fail("broken");
                caught = std::to_string(value);
            } catch (const std::runtime_error& error) {
                caught = error.what();
            }
            co_return caught;
        };
        CHECK(run_test(body) == "broken");
    }

    TEST_CASE("a failure that was caught is not the end of the Task that caught it") {
        auto inner = []() -> Task<int> {
            try {
                co_await fail("caught");
            } catch (const std::exception&) {
            }
            co_return 5;
        };
        auto body = [&]() -> Task<int> { co_return co_await inner(); };
        CHECK(run_test(body) == 5);
    }

    TEST_CASE("an exception keeps the await sites it came through, the innermost first") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(pass_on());
            REQUIRE_FALSE(outcome.has_value());
            auto sites = outcome.failure().sites();
            REQUIRE(sites.size() >= 2);
            std::string traceback = outcome.failure().traceback();
            CAPTURE(traceback);
            CHECK(traceback.find("std::runtime_error: from below") == 0);
            CHECK(traceback.find("fail") < traceback.find("pass_on"));
        };
        run_test(body);
    }

    TEST_CASE("run gives the value or throws what the Task threw, on the real ring too") {
        CHECK(run(give(3)) == 3);
        CHECK_THROWS_WITH_AS(run(fail("out")), "out", std::runtime_error);
    }

    TEST_CASE("a simulated sleep takes its time in virtual time, and none in real time") {
        auto body = [](Machine& machine) -> Task<> {
            co_await sleep(24h);
            CHECK(machine.elapsed() == 24h);
            co_await sleep(0s);
            CHECK(machine.elapsed() == 24h);
            co_await sleep_until(machine.reactor().now() + 1s);
            CHECK(machine.elapsed() == 24h + 1s);
        };
        run_test(body);
    }

    TEST_CASE("sleeps of equal length end in the order in which they began") {
        std::string log;
        auto nap = [&](char letter) -> Task<> {
            co_await sleep(10ms);
            log += letter;
        };
        auto body = [&]() -> Task<> {
            std::vector<Task<>> naps;
            for (char letter : std::string("abcdef")) naps.push_back(nap(letter));
            co_await gather(std::move(naps));
        };
        run_test(body);
        CHECK(log == "abcdef");
    }

    TEST_CASE("a program that can never go on is unwound and reported as a deadlock") {
        struct Never : Suspension {
            explicit Never() : Suspension([](Waiter& waiter) noexcept { static_cast<Never&>(waiter).cancelled(); }) {}
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<TaskPromise<void>> handle) noexcept { suspend(handle); }
            void await_resume() const { raise_if_cancelled(); }
        };
        bool unwound = false;
        auto body = [&]() -> Task<> {
            struct Note {
                bool& flag;
                ~Note() { flag = true; }
            } note{unwound};
            Never never;
            co_await never;
        };
        CHECK_THROWS_WITH_AS(sim::run(body), doctest::Contains("deadlock"), Error);
        CHECK(unwound);
    }
}
