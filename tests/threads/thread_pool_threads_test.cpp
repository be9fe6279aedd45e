#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/threads/from_thread.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int calls = 2000;

} // namespace

TEST_SUITE("threads") {
    TEST_CASE("of thousands of functions given to a pool each is called once, and each value comes back") {
        std::atomic<int> called = 0;
        auto body = [&]() -> Task<> {
            auto work = [&](std::string text) {
                ++called;
                return text + "!";
            };
            std::vector<Task<std::string>> all;
            for (int i = 0; i < calls; ++i) all.push_back(run_in_thread(work, std::to_string(i)).into_task());
            std::vector<std::string> values = co_await gather(std::move(all));
            bool as_given = true;
            for (int i = 0; i < calls; ++i)
                as_given = as_given && values[static_cast<std::size_t>(i)] == std::to_string(i) + "!";
            CHECK(as_given);
            CHECK(ThreadPool::current().threads() == 10);
        };
        run(body());
        CHECK(called == calls);
    }

    TEST_CASE("functions that are cancelled or abandoned while they wait, run or end leave nothing behind") {
        auto keeper = std::make_shared<int>(0);
        auto body = [&]() -> Task<> {
            ThreadPool::current().set_limit(3);
            auto work = [keeper](int number) {
                for (int i = 0; i < number && !from_thread::cancelled(); ++i) std::this_thread::yield();
                return keeper;
            };
            auto call = [&](int number) -> Task<> {
                auto bound = std::chrono::microseconds(number % 7 * 100);
                if (number % 2 == 0) {
                    static_cast<void>(co_await attempt(timeout(bound, run_in_thread(work, number % 50))));
                } else {
                    auto given_up = run_in_thread(work, number % 50).abandon_on_cancel();
                    static_cast<void>(co_await attempt(timeout(bound, std::move(given_up))));
                }
            };
            std::vector<Task<>> all;
            for (int i = 0; i < calls; ++i) all.push_back(call(i));
            co_await gather(std::move(all));
        };
        run(body());
        CHECK(keeper.use_count() == 1);
    }

    TEST_CASE("threads that call the loop again and again, all at once, get each their own answers") {
        auto body = [&]() -> Task<> {
            auto work = [](int number) {
                auto next = [](int value) -> Task<int> {
                    co_await yield_now();
                    co_return value + 1;
                };
                for (int i = 0; i < 100; ++i) number = from_thread::run(next, number);
                return number;
            };
            std::vector<Task<int>> all;
            for (int i = 0; i < 20; ++i) all.push_back(run_in_thread(work, i * 1000).into_task());
            std::vector<int> values = co_await gather(std::move(all));
            for (int i = 0; i < 20; ++i) CHECK(values[static_cast<std::size_t>(i)] == i * 1000 + 100);
        };
        run(body());
    }

    TEST_CASE("the end of a reactor waits for functions that were abandoned, and lets them call the loop no more") {
        std::atomic<bool> begun = false;
        std::atomic<bool> ended = false;
        auto body = [&]() -> Task<> {
            auto work = [&] {
                begun = true;
                while (!from_thread::cancelled()) std::this_thread::yield();
                CHECK_THROWS_AS(from_thread::run([] {}), Cancelled);
                ended = true;
            };
            auto until_begun = [&]() -> Task<> {
                while (!begun) co_await yield_now();
            };
            auto give_up = [&]() -> Task<> { co_await run_in_thread(work).abandon_on_cancel(); };
            auto group = [&](TaskGroup& tasks) -> Task<> {
                tasks.spawn(give_up());
                co_await until_begun();
                tasks.cancel();
            };
            co_await with_task_group(group);
        };
        run(body());
        CHECK(ended);
    }

    TEST_CASE("pools of several reactors know nothing of each other") {
        std::atomic<int> called = 0;
        auto body = [&]() -> Task<> {
            auto work = [&] { return ++called; };
            std::vector<Task<int>> all;
            for (int i = 0; i < 100; ++i) all.push_back(run_in_thread(work).into_task());
            co_await gather(std::move(all));
        };
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) threads.emplace_back([&] { run(body()); });
        for (std::thread& thread : threads) thread.join();
        CHECK(called == 400);
    }
}
