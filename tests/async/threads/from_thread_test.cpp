#include <corduroy/async/threads/from_thread.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/threads/blocking_call_from_thread.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<int> slowly(int number) {
    co_await sleep(1s);
    co_return number;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("from_thread::run calls a function on the loop's thread, and gives its value to the thread") {
        auto body = []() -> Task<> {
            std::thread::id loop = std::this_thread::get_id();
            auto work = [&] {
                bool there = from_thread::run([&] { return std::this_thread::get_id() == loop; });
                auto pointer = from_thread::run([](int number) { return std::make_unique<int>(number); }, 5);
                return there ? *pointer : 0;
            };
            CHECK(co_await run_in_thread(work) == 5);
        };
        run_test(body);
    }

    TEST_CASE("from_thread::run waits for the Task or the Deferred that the function gives") {
        auto body = [](Machine& machine) -> Task<> {
            auto work = [&] {
                int first = from_thread::run(slowly, 1);
                auto defer = [] { return ensure_deferred(slowly(2)); };
                int second = from_thread::run(defer);
                auto pause = []() -> Task<> { co_await sleep(1s); };
                from_thread::run(pause);
                return first + second;
            };
            CHECK(co_await run_in_thread(work) == 3);
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("what is thrown on the loop is thrown in the thread") {
        auto body = []() -> Task<> {
            auto work = [] {
                std::string log;
                try {
                    from_thread::run([] { throw std::runtime_error("at once"); });
                } catch (const std::runtime_error& error) {
                    log += error.what();
                }
                auto fail = []() -> Task<> {
                    co_await sleep(1s);
                    throw std::runtime_error(", later");
                };
                try {
                    from_thread::run(fail);
                } catch (const std::runtime_error& error) {
                    log += error.what();
                }
                return log;
            };
            std::string log = co_await run_in_thread(work);
            CHECK(log == "at once, later");
        };
        run_test(body);
    }

    TEST_CASE("threads and loop take turns: others go on while a thread waits for the loop") {
        auto body = [](Machine& machine) -> Task<> {
            std::string log;
            auto work = [&](char letter, Duration pause) {
                for (int i = 0; i < 3; ++i) {
                    auto wait = [&]() -> Task<> { co_await sleep(pause); };
                    from_thread::run(wait);
                    log += letter;
                }
            };
            co_await settle(run_in_thread(work, 'a', Duration(1s)), run_in_thread(work, 'b', Duration(700ms)));
            CHECK(log == "bababa");
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE(
        "when the await is cancelled, the Task that its thread waits for is, and Cancelled is thrown there each time") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto clean_up = [&]() -> Task<> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    log += 'c';
                    throw;
                }
            };
            auto work = [&] {
                try {
                    from_thread::run(clean_up);
                } catch (const Cancelled&) {
                    log += 't';
                }
                try {
                    from_thread::run([&] { log += 'x'; });
                } catch (const Cancelled&) {
                    log += 'u';
                    throw;
                }
            };
            auto outcome = co_await attempt(timeout(1s, run_in_thread(work)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(log == "ctu");
    }

    TEST_CASE("an abandoned thread's calls to the loop are cancelled too, and the loop's end waits for both") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto work = [&] {
                try {
                    from_thread::run(slowly, 1);
                } catch (const Cancelled&) {
                    log += 't';
                }
                try {
                    from_thread::run(slowly, 2);
                } catch (const Cancelled&) {
                    log += 'u';
                }
            };
            auto outcome = co_await attempt(timeout(500ms, run_in_thread(work).abandon_on_cancel()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 500ms);
            log += 'm';
        };
        run_test(body);
        CHECK(log.size() == 3);
        CHECK(log.find("tu") != std::string::npos);
    }

    TEST_CASE("a full task group does not keep its threads' Tasks from running") {
        auto body = []() -> Task<> {
            int sum = 0;
            auto child = [&]() -> Task<> {
                auto work = [] { return from_thread::run(slowly, 1); };
                sum += co_await run_in_thread(work);
            };
            auto fill = [&](TaskGroup& group) -> Task<> {
                group.limit(1);
                for (int i = 0; i < 3; ++i) group.spawn(child);
                co_return;
            };
            co_await with_task_group(fill);
            CHECK(sum == 3);
        };
        run_test(body);
    }

    TEST_CASE("from_thread on a thread that does no work of run_in_thread is an error that says so") {
        auto body = []() -> Task<> {
            std::string message;
            try {
                from_thread::run([] {});
            } catch (const Error& error) {
                message = error.what();
            }
            CHECK(
                message.starts_with("from_thread::run was called on a thread that run_in_thread did not give work to"));
            CHECK_THROWS_AS(from_thread::check_cancelled(), Error);
            CHECK_THROWS_AS(from_thread::cancelled(), Error);
            CHECK_THROWS_AS(from_thread::reactor(), Error);
            co_return;
        };
        run_test(body);
    }

    TEST_CASE("from_thread::reactor is the way to call_from_thread") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto work = [&] { from_thread::reactor().call_from_thread([&] { log += 'c'; }); };
            co_await run_in_thread(work);
            co_await sleep(1s);
        };
        run_test(body);
        CHECK(log == "c");
    }

    TEST_CASE("blocking_call_from_thread works in a pool's thread too, as background work of main's group") {
        auto body = [](Machine& machine) -> Task<> {
            Reactor& reactor = machine.reactor();
            auto work = [&] { return blocking_call_from_thread(reactor, slowly, 7); };
            CHECK(co_await run_in_thread(work) == 7);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("blocking_call_from_thread on the reactor's own thread is an error, and no deadlock") {
        auto body = [](sim::World& world) -> Task<> {
            std::string message;
            try {
                blocking_call_from_thread(world.reactor(), [] {});
            } catch (const Error& error) {
                message = error.what();
            }
            CHECK(message ==
                  "blocking_call_from_thread failed: it was called on a reactor's thread, where it would block "
                  "the loop; co_await there");
            co_return;
        };
        sim::run(body);
    }

    TEST_CASE("a thread that waits for what can never come is named by no deadlock, but the program ends by one") {
        std::string message;
        std::string log;
        auto body = [&]() -> Task<> {
            auto for_ever = []() -> Task<> {
                Deferred<> never;
                co_await never;
            };
            auto work = [&] {
                try {
                    from_thread::run(for_ever);
                } catch (const Cancelled&) {
                    log += 'c';
                    throw;
                }
            };
            co_await run_in_thread(work);
        };
        try {
            sim::run(body);
        } catch (const Error& error) {
            message = error.what();
        }
        CHECK(message.starts_with("deadlock: "));
        CHECK(log == "c");
    }
}
