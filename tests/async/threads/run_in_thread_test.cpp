#include <corduroy/async/threads/run_in_thread.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/threads/defer_to_thread.hpp>
#include <corduroy/async/threads/from_thread.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Work in a thread takes a second.
sim::SimOptions one_second() {
    sim::SimOptions options;
    options.thread_time = 1s;
    return options;
}

// Notes on which thread it was destroyed, the copy that counts.
struct Traced {
    explicit Traced(std::vector<std::thread::id>& log) : log(&log) {}
    Traced(Traced&& other) noexcept : log(std::exchange(other.log, nullptr)) {}
    Traced& operator=(Traced&&) = delete;
    ~Traced() {
        if (log != nullptr) log->push_back(std::this_thread::get_id());
    }
    std::vector<std::thread::id>* log;
};

int twice(int number) { return 2 * number; }

} // namespace

TEST_SUITE("async") {
    TEST_CASE("run_in_thread calls the function in another thread, and gives what it returns") {
        auto body = []() -> Task<> {
            std::thread::id other;
            auto work = [&](int number) {
                other = std::this_thread::get_id();
                return std::to_string(number);
            };
            std::string text = co_await run_in_thread(work, 42);
            CHECK(text == "42");
            CHECK(other != std::thread::id());
            CHECK(other != std::this_thread::get_id());
        };
        run_test(body);
    }

    TEST_CASE("nothing, what can only be moved, and references come back from a thread as they are") {
        auto body = []() -> Task<> {
            int number = 1;
            auto change = [&] { number = 2; };
            co_await run_in_thread(change);
            CHECK(number == 2);
            auto pointer = co_await run_in_thread([] { return std::make_unique<int>(3); });
            CHECK(*pointer == 3);
            auto refer = [&]() -> int& { return number; };
            int& reference = co_await run_in_thread(refer);
            CHECK(&reference == &number);
            auto moved = co_await run_in_thread([](std::unique_ptr<int> given) { return *given; }, std::move(pointer));
            CHECK(moved == 3);
        };
        run_test(body);
    }

    TEST_CASE("what the function throws is thrown where it is awaited, with the way it came") {
        auto body = []() -> Task<> {
            auto outcome = co_await attempt(run_in_thread([] { throw std::runtime_error("broken"); }));
            CHECK(outcome.failure().message() == "broken");
            CHECK(outcome.failure().check<std::runtime_error>());
            auto again = []() -> Task<> { co_await run_in_thread([] { throw std::runtime_error("broken"); }); };
            auto traced = co_await attempt(again());
            CHECK(traced.failure().traceback().find("run_in_thread_test.cpp:") != std::string::npos);
        };
        run_test(body);
    }

    TEST_CASE("function, arguments and value are destroyed on the loop's thread") {
        std::vector<std::thread::id> log;
        auto body = [&]() -> Task<> {
            auto give = [&](const Traced&, const Traced&) { return Traced(log); };
            auto value = co_await run_in_thread(give, Traced(log), Traced(log));
            CHECK(value.log == &log);
        };
        run_test(body);
        CHECK(log.size() == 3);
        for (std::thread::id where : log) CHECK(where == std::this_thread::get_id());
    }

    TEST_CASE("at most ten functions run at once, and those that wait come first in, first out") {
        auto body = [](sim::World& world) -> Task<> {
            std::vector<int> order;
            std::vector<Duration> ended;
            auto call = [&](int number) -> Task<> {
                auto work = [&, number] { order.push_back(number); };
                co_await run_in_thread(work);
                ended.push_back(world.elapsed());
            };
            std::vector<Task<>> calls;
            for (int i = 0; i < 25; ++i) calls.push_back(call(i));
            auto look = [&]() -> Task<> {
                co_await sleep(500ms);
                ThreadPool& pool = ThreadPool::current();
                CHECK(pool.limit() == 10);
                CHECK(pool.threads() == 10);
                CHECK(pool.running() == 10);
                CHECK(pool.waiting() == 15);
            };
            co_await settle(gather(std::move(calls)), look());
            CHECK(std::is_sorted(order.begin(), order.end()));
            CHECK(order.size() == 25);
            CHECK(ended[9] == 1s);
            CHECK(ended[10] == 2s);
            CHECK(ended[19] == 2s);
            CHECK(ended[20] == 3s);
            CHECK(ended[24] == 3s);
        };
        sim::run(body, one_second());
    }

    TEST_CASE("a limit that is raised lets those that wait begin, and one that is lowered holds them back") {
        auto body = [](sim::World& world) -> Task<> {
            ThreadPool& pool = ThreadPool::current();
            pool.set_limit(1);
            std::vector<Task<int>> calls;
            for (int i = 0; i < 6; ++i) calls.push_back(run_in_thread(twice, i).into_task());
            auto change = [&]() -> Task<> {
                co_await sleep(1500ms); // one has ended, and one runs
                CHECK(pool.waiting() == 4);
                pool.set_limit(3);
                CHECK(pool.running() == 3);
                CHECK(pool.waiting() == 2);
                co_await sleep(600ms);
                pool.set_limit(1); // two run, and go on, and one more waits
                CHECK(pool.threads() == 3);
            };
            auto both = co_await settle(gather(std::move(calls)), change());
            CHECK(std::get<0>(both).value() == std::vector<int>{0, 2, 4, 6, 8, 10});
            CHECK(pool.threads() == 1);
            CHECK(world.elapsed() == 4s);
            CHECK_THROWS_AS(pool.set_limit(0), Error);
        };
        sim::run(body, one_second());
    }

    TEST_CASE("a function that waits for a thread when it is cancelled is never called, and gives its place away") {
        bool called = false;
        auto body = [&](sim::World& world) -> Task<> {
            ThreadPool::current().set_limit(1);
            auto never = [&] { called = true; };
            auto all =
                co_await settle(run_in_thread(twice, 1), timeout(500ms, run_in_thread(never)), run_in_thread(twice, 2));
            CHECK(*std::get<0>(all) == 2);
            CHECK(std::get<1>(all).failure().check<TimeoutError>());
            CHECK(*std::get<2>(all) == 4);
            CHECK(world.elapsed() == 2s);
        };
        sim::run(body, one_second());
        CHECK_FALSE(called);
    }

    TEST_CASE("a function that runs when it is cancelled is waited for, and its result delivered") {
        auto body = [](sim::World& world) -> Task<> {
            std::string log;
            auto work = [&]() -> Task<> {
                log += std::to_string(co_await run_in_thread(twice, 1));
                log += 'r';
                co_await yield_now();
                log += 'x';
            };
            auto outcome = co_await attempt(timeout(500ms, work()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(world.elapsed() == 1s);
            CHECK(log == "2r");
        };
        sim::run(body, one_second());
    }

    TEST_CASE("a function that asks is told that it was cancelled, and ends by check_cancelled") {
        std::string log;
        auto body = [&](sim::World& world) -> Task<> {
            auto work = [&] {
                log += from_thread::cancelled() ? 'c' : 'r';
                from_thread::check_cancelled();
                log += 'x';
            };
            auto outcome = co_await attempt(timeout(500ms, run_in_thread(work)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(world.elapsed() == 1s);
            co_await run_in_thread(work);
        };
        sim::run(body, one_second());
        CHECK(log == "crx");
    }

    TEST_CASE(
        "an abandoned function runs on: the await ends at once, its value is dropped on the loop, its end waited for") {
        std::vector<std::thread::id> destroyed;
        bool finished = false;
        Duration ended{};
        auto body = [&](sim::World& world) -> Task<> {
            auto work = [&] {
                finished = true;
                return Traced(destroyed);
            };
            auto outcome = co_await attempt(timeout(500ms, run_in_thread(work).abandon_on_cancel()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(world.elapsed() == 500ms);
            CHECK_FALSE(finished);
            ended = world.elapsed();
        };
        sim::run(body, one_second());
        CHECK(finished);
        REQUIRE(destroyed.size() == 1);
        CHECK(destroyed[0] == std::this_thread::get_id());
    }

    TEST_CASE("what an abandoned function throws is dropped too") {
        std::string reported;
        auto body = [&](sim::World& world) -> Task<> {
            world.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { reported += failure.message(); });
            auto work = [] { throw std::runtime_error("too late"); };
            auto outcome = co_await attempt(timeout(500ms, run_in_thread(work).abandon_on_cancel()));
            CHECK(outcome.failure().check<TimeoutError>());
            co_await sleep(2s);
            CHECK(ThreadPool::current().running() == 0);
        };
        sim::run(body, one_second());
        CHECK(reported.empty());
    }

    TEST_CASE("a limiter bounds a kind of work apart, and is held until that has ended, though it be abandoned") {
        auto body = [](sim::World& world) -> Task<> {
            CapacityLimiter limiter(1);
            auto given_up = timeout(500ms, run_in_thread(twice, 1).limiter(limiter).abandon_on_cancel());
            auto all =
                co_await settle(std::move(given_up), run_in_thread(twice, 2).limiter(limiter), run_in_thread(twice, 3));
            CHECK(std::get<0>(all).failure().check<TimeoutError>());
            CHECK(*std::get<1>(all) == 4);
            CHECK(*std::get<2>(all) == 6);
            CHECK(world.elapsed() == 2s);
            CHECK(limiter.borrowed_tokens() == 0);
            auto late = co_await attempt(timeout(500ms, run_in_thread(twice, 2).limiter(limiter)));
            CHECK(*late == 4);
        };
        sim::run(body, one_second());
    }

    TEST_CASE("run_in_thread in a cancelled scope calls nothing, and neither does one that is never awaited") {
        bool called = false;
        auto body = [&]() -> Task<> {
            auto work = [&] { called = true; };
            auto cancelled = [&]() -> Task<> {
                static_cast<void>(co_await attempt(timeout(1s, sleep(1h))));
                CancelScope scope;
                co_await run_in_thread(work);
            };
            auto run = [&](TaskGroup& group) -> Task<> {
                group.spawn(cancelled());
                group.cancel();
                co_return;
            };
            co_await with_task_group(run);
            static_cast<void>(run_in_thread(work));
        };
        run_test(body);
        CHECK_FALSE(called);
    }

    TEST_CASE("a thread that has been idle for ten seconds ends, and the one that worked last works first") {
        auto body = []() -> Task<> {
            ThreadPool& pool = ThreadPool::current();
            auto name = [] {
                char text[16];
                ::pthread_getname_np(::pthread_self(), text, sizeof text);
                return std::string(text);
            };
            co_await gather(run_in_thread(twice, 1), run_in_thread(twice, 2), run_in_thread(twice, 3));
            CHECK(pool.threads() == 3);
            std::string first = co_await run_in_thread(name);
            CHECK(first == "corduroy-3");
            co_await sleep(6s);
            std::string second = co_await run_in_thread(name);
            CHECK(second == "corduroy-3");
            co_await sleep(6s);
            CHECK(pool.threads() == 1);
            co_await sleep(5s);
            CHECK(pool.threads() == 0);
            pool.set_name("a-very-long-name");
            std::string third = co_await run_in_thread(name);
            CHECK(third == "a-very-long-nam");
        };
        run_test(body);
    }

    TEST_CASE("signals are blocked in the pool's threads, but for those of a step that failed") {
        auto body = []() -> Task<> {
            sigset_t set = co_await run_in_thread([] {
                sigset_t blocked;
                ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
                return blocked;
            });
            for (int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1}) CHECK(::sigismember(&set, number) == 1);
            for (int number : {SIGSEGV, SIGABRT}) CHECK(::sigismember(&set, number) == 0);
            sigset_t own;
            ::pthread_sigmask(SIG_BLOCK, nullptr, &own);
            CHECK(::sigismember(&own, SIGINT) == 0);
        };
        run_test(body);
    }

    TEST_CASE("threads run in step in a simulation: the same seed gives the same order, and others give others") {
        auto order_of = [](std::uint64_t seed) {
            sim::SimOptions options = one_second();
            options.seed = seed;
            options.shuffle_completions = true;
            std::string order;
            auto body = [&]() -> Task<> {
                std::vector<Task<>> calls;
                for (char letter = 'a'; letter < 'i'; ++letter) {
                    auto work = [&order, letter] { order += letter; };
                    calls.push_back(run_in_thread(work).into_task());
                }
                co_await gather(std::move(calls));
            };
            sim::run(body, options);
            return order;
        };
        std::string first = order_of(1);
        CHECK(first.size() == 8);
        CHECK(order_of(1) == first);
        bool differs = false;
        for (std::uint64_t seed = 2; seed < 8; ++seed) differs = differs || order_of(seed) != first;
        CHECK(differs);
    }

    TEST_CASE("who waits for a thread, or for its work, says so in the task tree") {
        auto body = []() -> Task<> {
            ThreadPool::current().set_limit(1);
            std::string tree;
            auto look = [&]() -> Task<> {
                co_await sleep(500ms);
                tree = task_tree().text();
            };
            co_await settle(run_in_thread(twice, 1), run_in_thread(twice, 2), look());
            CHECK(tree.find("a thread's work") != std::string::npos);
            CHECK(tree.find("a thread, all of 1 are busy") != std::string::npos);
        };
        sim::run(body, one_second());
    }

    TEST_CASE("defer_to_thread has the function called by itself, and cancelling its Deferred takes it back") {
        bool called = false;
        auto body = [&](sim::World& world) -> Task<> {
            Deferred<int> deferred = defer_to_thread(twice, 4);
            co_await sleep(2s);
            CHECK(co_await deferred == 8);
            CHECK(world.elapsed() == 2s);
            ThreadPool::current().set_limit(1);
            Deferred<int> first = defer_to_thread(twice, 5);
            auto never = [&] { called = true; };
            Deferred<> second = defer_to_thread(never);
            co_await sleep(500ms);
            second.cancel();
            auto outcome = co_await attempt(second);
            CHECK(outcome.failure().check<CancelledError>());
            CHECK(world.elapsed() == 2500ms);
            CHECK(co_await first == 10);
        };
        sim::run(body, one_second());
        CHECK_FALSE(called);
    }

    TEST_CASE("call_in_thread drops what the function returns, and what it throws is reported") {
        std::string reported;
        bool called = false;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { reported += failure.message(); });
            auto work = [&] { return called = true; };
            call_in_thread(work);
            call_in_thread([] { throw std::runtime_error("broken"); });
            co_return;
        };
        run_test(body);
        CHECK(called);
        CHECK(reported == "broken");
    }
}
