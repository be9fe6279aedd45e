// Whatever can be awaited can be given to every combinator.

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/perform.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <coroutine>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A builder with `into_task`, as a request is.
class Doubled {
public:
    explicit Doubled(int value) noexcept : value_(value) {}
    Task<int> into_task() && { return make(value_); }

private:
    static Task<int> make(int value) {
        co_await sleep(10ms);
        co_return 2 * value;
    }

    int value_;
};

// An awaiter in person, which gives what only one can have.
struct Given {
    explicit Given(int value) : value(std::make_unique<int>(value)) {}
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    std::unique_ptr<int>&& await_resume() noexcept { return std::move(value); }

    std::unique_ptr<int> value;
};

// A thing with an awaiter that can neither be moved nor copied, and gives a reference.
struct Fixed {
    Fixed() = default;
    Fixed(const Fixed&) = delete;
    Fixed& operator=(const Fixed&) = delete;

    struct Awaiter {
        bool await_ready() const noexcept { return true; }
        void await_suspend(std::coroutine_handle<>) const noexcept {}
        int& await_resume() const noexcept { return fixed.value; }
        Fixed& fixed;
    };
    Awaiter operator co_await() noexcept { return {*this}; }

    int value = 7;
};

// A thing whose awaiter a free function makes.
struct Free {
    int value;
};
Given operator co_await(const Free& free) { return Given(free.value); }

Task<int> answer_after(Duration time, int value) {
    co_await sleep(time);
    co_return value;
}

static_assert(IntoTask<Sleep> && IntoTask<Sleep&> && IntoTask<const Sleep&>);
static_assert(IntoTask<Task<int>> && !IntoTask<Task<int>&>);
static_assert(IntoTask<Deferred<int>> && IntoTask<Deferred<int>&>);
static_assert(IntoTask<Fixed&> && !IntoTask<Fixed>);
static_assert(!IntoTask<int> && !IntoTask<std::string> && !IntoTask<std::vector<Sleep>>);
static_assert(std::same_as<task_value_t<Sleep>, void>);
static_assert(std::same_as<task_value_t<Given>, std::unique_ptr<int>>);
static_assert(std::same_as<task_value_t<Free>, std::unique_ptr<int>>);
static_assert(std::same_as<task_value_t<Fixed&>, int&>);

} // namespace

TEST_SUITE("async") {
    TEST_CASE("gather takes Tasks, Deferreds, builders and plain awaitables alike") {
        auto body = [](Machine& machine) -> Task<> {
            Deferred<int> deferred;
            machine.reactor().call_later(30ms, [source = deferred.source()] { source.callback(3); });
            auto values =
                co_await gather(answer_after(5ms, 1), Doubled(1), deferred, succeed(4), sleep(20ms), Given(5), Free{6});
            CHECK(std::get<0>(values) == 1);
            CHECK(std::get<1>(values) == 2);
            CHECK(std::get<2>(values) == 3);
            CHECK(std::get<3>(values) == 4);
            CHECK(*std::get<5>(values) == 5);
            CHECK(*std::get<6>(values) == 6);
            CHECK(machine.elapsed() == 30ms);
        };
        run_test(body);
    }

    TEST_CASE("sleeps gathered run side by side") {
        auto body = [](Machine& machine) -> Task<> {
            co_await gather(sleep(1s), sleep(3s), sleep_until(machine.reactor().now() + 2s), yield_now());
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("the time of a sleep begins to run when it is awaited") {
        auto body = [](Machine& machine) -> Task<> {
            Sleep twice = sleep(1s);
            co_await sleep(5s);
            co_await twice;
            co_await gather(twice);
            CHECK(machine.elapsed() == 7s);
        };
        run_test(body);
    }

    TEST_CASE("settle and race take plain awaitables too") {
        auto body = [](Machine& machine) -> Task<> {
            auto results = co_await settle(sleep(1s), Given(1), sleep(1h)).within(2s);
            CHECK(std::get<0>(results));
            CHECK(**std::get<1>(results) == 1);
            CHECK(std::get<2>(results).failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 2s);
            auto won = co_await race(sleep(1h), sleep(1s), Doubled(4));
            CHECK(won.index == 2);
            CHECK(std::get<2>(won.value) == 8);
            CHECK(machine.elapsed() == 2s + 10ms);
        };
        run_test(body);
    }

    TEST_CASE("timeout, attempt and shield take plain awaitables too") {
        auto body = [](Machine& machine) -> Task<> {
            auto late = co_await attempt(timeout(1s, sleep(1h)));
            CHECK(late.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
            auto given = co_await attempt(Given(3));
            CHECK(**given == 3);
            auto given_in_time = co_await timeout(1s, shield(Given(4)));
            CHECK(*given_in_time == 4);
        };
        run_test(body);
    }

    TEST_CASE("a shielded sleep can be given to a combinator, and is not cut short") {
        auto body = [](Machine& machine) -> Task<> {
            auto results = co_await settle(shield(sleep(3s)), sleep(1h)).within(1s);
            CHECK(results[0]);
            CHECK(results[1].failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("spawn and run take plain awaitables too") {
        auto body = [](Machine& machine) -> Task<> {
            auto group_body = [](TaskGroup& group) -> Task<> {
                group.spawn(sleep(2s));
                group.spawn(Given(1));
                co_return;
            };
            co_await with_task_group(group_body);
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
        CHECK(*corduroy::run(Given(9)) == 9);
    }

    TEST_CASE("an operation of the kernel can be given to a combinator") {
        auto body = []() -> Task<> {
            kernel::Description nothing;
            auto [one, two] = co_await gather(perform(nothing), perform(nothing));
            CHECK(one.result == 0);
            CHECK(two.result == 0);
        };
        run_test(body);
    }

    TEST_CASE("what cannot be moved is awaited where it lies, and gives its reference on") {
        auto body = []() -> Task<> {
            Fixed fixed;
            int& value = co_await timeout(1s, fixed);
            CHECK(&value == &fixed.value);
            auto [first, second] = co_await gather(fixed, fixed);
            first.get() = 8;
            CHECK(second == 8);
        };
        run_test(body);
    }

    TEST_CASE("an awaitable that is kept may be dropped before its Task runs") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<Task<>> tasks;
            {
                Sleep gone = sleep(1s);
                tasks.push_back(timeout(2s, gone));
                tasks.push_back(timeout(2s, Sleep(500ms)));
            }
            co_await gather(std::move(tasks));
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a range may hold Deferreds, which stay and can still be fired, or plain awaitables") {
        auto body = [](Machine& machine) -> Task<> {
            std::vector<Deferred<int>> deferreds(3);
            auto fire = [&]() -> Task<> {
                for (int i = 0; i < 3; ++i) {
                    co_await sleep(1s);
                    deferreds[static_cast<std::size_t>(i)].callback(i);
                }
            };
            auto values = co_await gather(gather(deferreds), fire());
            CHECK(std::get<0>(values) == std::vector<int>{0, 1, 2});
            CHECK(machine.elapsed() == 3s);

            std::vector<Sleep> sleeps = {sleep(1s), sleep(2s)};
            co_await gather(sleeps);
            co_await gather(std::move(sleeps));
            auto later = [](int seconds) { return sleep(seconds * 1s); };
            auto won = co_await race(std::views::iota(1, 5) | std::views::transform(later));
            CHECK(won.index == 0);
            CHECK(machine.elapsed() == 8s);
        };
        run_test(body);
    }

    TEST_CASE("Tasks are moved out of the range that is gathered") {
        auto body = []() -> Task<> {
            std::vector<Task<int>> tasks;
            for (int i = 0; i < 4; ++i) tasks.push_back(answer_after(1ms, i));
            auto first = co_await gather(tasks | std::views::take(2));
            auto rest = co_await gather(tasks | std::views::drop(2));
            CHECK(first == std::vector<int>{0, 1});
            CHECK(rest == std::vector<int>{2, 3});
        };
        run_test(body);
    }

    TEST_CASE("a plain awaitable in a combinator is cancelled with it") {
        bool cancelled = false;
        auto work = [&]() -> Task<> {
            try {
                co_await gather(sleep(1h), sleep(2h));
            } catch (const Cancelled&) {
                cancelled = true;
                throw;
            }
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, work()));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
        CHECK(cancelled);
    }
}
