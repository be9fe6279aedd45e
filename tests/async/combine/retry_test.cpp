#include <corduroy/async/combine/retry.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Fails so often, then succeeds; notes when it was called.
class Flaky {
public:
    Flaky(Machine& machine, int failures, Duration takes = 0s)
        : machine_(machine), failures_(failures), takes_(takes) {}

    Task<int> call() {
        calls.push_back(machine_.elapsed());
        int number = static_cast<int>(calls.size());
        co_await sleep(takes_);
        if (number <= failures_) throw Error("failure " + std::to_string(number));
        co_return number;
    }

    std::vector<Duration> calls;

private:
    Machine& machine_;
    int failures_;
    Duration takes_;
};

const RetryPolicy exact = RetryPolicy().jitter(0);

std::vector<std::string> messages(const std::vector<Failure>& failures) {
    std::vector<std::string> texts;
    for (const Failure& failure : failures) texts.push_back(failure.message());
    return texts;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("retry gives the first success, and calls no more often than that") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky once(machine, 0);
            auto call_once = [&] { return once.call(); };
            CHECK(co_await retry(exact, call_once) == 1);
            CHECK(once.calls.size() == 1);
            Flaky flaky(machine, 2);
            auto call = [&] { return flaky.call(); };
            CHECK(co_await retry(exact, call) == 3);
            CHECK(flaky.calls == std::vector<Duration>{0ms, 100ms, 300ms});
        };
        run_test(body);
    }

    TEST_CASE("delays begin at the first, grow by the factor, and stop at the maximum") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 5, 1s);
            auto call = [&] { return flaky.call(); };
            RetryPolicy policy = exact.attempts(6).backoff(1s, 3, 10s);
            CHECK(co_await retry(policy, call) == 6);
            // Each attempt takes a second, after delays of 1, 3, 9, 10 and 10 s.
            CHECK(flaky.calls == std::vector<Duration>{0s, 2s, 6s, 16s, 27s, 38s});
        };
        run_test(body);
        CHECK(exact.backoff(1s).delay_after(0) == 0s);
        CHECK(exact.backoff(1s).delay_after(5) == 16s);
        CHECK(exact.backoff(1s).delay_after(RetryPolicy::unlimited) == 30s);
    }

    TEST_CASE("the last failure is thrown, and carries the earlier ones as suppressed") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100);
            auto call = [&] { return flaky.call(); };
            auto outcome = co_await attempt(retry(exact.attempts(4), call));
            CHECK(outcome.failure().message() == "failure 4");
            CHECK(outcome.failure().check<Error>());
            CHECK(messages(outcome.failure().suppressed()) ==
                  std::vector<std::string>{"failure 1", "failure 2", "failure 3"});
            CHECK(flaky.calls.size() == 4);
            CHECK(machine.elapsed() == 700ms);
        };
        run_test(body);
    }

    TEST_CASE("of very many failures the latest are kept, as many as the policy remembers") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 1000);
            auto call = [&] { return flaky.call(); };
            RetryPolicy policy = exact.attempts(100).backoff(1ms, 1);
            auto outcome = co_await attempt(retry(policy, call));
            CHECK(outcome.failure().suppressed().size() == 16);
            CHECK(outcome.failure().suppressed().front().message() == "failure 84");
            auto forgetful = co_await attempt(retry(policy.remember(0), call));
            CHECK(forgetful.failure().suppressed().empty());
        };
        run_test(body);
    }

    TEST_CASE("an unlimited policy tries until it succeeds") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 5000);
            auto call = [&] { return flaky.call(); };
            CHECK(co_await retry(exact.attempts(RetryPolicy::unlimited).backoff(1s, 2, 1min), call) == 5001);
        };
        run_test(body);
    }

    TEST_CASE("jitter takes a part off each delay, which the kernel's random source decides and the seed repeats") {
        auto delays = [](std::uint64_t seed) {
            std::vector<Duration> noted;
            auto body = [&](sim::World& world) -> Task<> {
                Machine machine(world.reactor(), nullptr);
                Flaky flaky(machine, 50);
                auto call = [&] { return flaky.call(); };
                auto note = [&](const FailedAttempt& failed) { noted.push_back(failed.delay); };
                co_await retry(RetryPolicy().attempts(51).backoff(1s, 1).jitter(0.25).before_wait(note), call);
            };
            sim::SimOptions options;
            options.seed = seed;
            sim::run(body, options);
            return noted;
        };
        std::vector<Duration> first = delays(1);
        REQUIRE(first.size() == 50);
        Duration least = 1s;
        Duration most = 0s;
        for (Duration delay : first) {
            CHECK(delay > 750ms);
            CHECK(delay <= 1s);
            least = std::min(least, delay);
            most = std::max(most, delay);
        }
        CHECK(least < 800ms);
        CHECK(most > 950ms);
        CHECK(delays(1) == first);
        CHECK(delays(2) != first);
    }

    TEST_CASE("a failure that the policy's predicate does not take is thrown at once") {
        auto body = [](Machine& machine) -> Task<> {
            int calls = 0;
            auto call = [&]() -> Task<> {
                co_await yield_now();
                if (++calls < 3) throw IoError("connect to 10.0.0.1:9", ECONNREFUSED);
                throw Error("not to be retried");
            };
            auto outcome = co_await attempt(retry(exact.attempts(10).only_on<IoError, TimeoutError>(), call));
            CHECK(outcome.failure().message() == "not to be retried");
            CHECK(messages(outcome.failure().suppressed()) ==
                  std::vector<std::string>{"connect to 10.0.0.1:9 failed: Connection refused",
                                           "connect to 10.0.0.1:9 failed: Connection refused"});
            CHECK(calls == 3);
            Flaky flaky(machine, 10);
            auto flaky_call = [&] { return flaky.call(); };
            auto early = [](const Failure& failure) { return failure.message() != "failure 2"; };
            auto second = co_await attempt(retry(exact.attempts(10).only_if(early), flaky_call));
            CHECK(second.failure().message() == "failure 2");
        };
        run_test(body);
    }

    TEST_CASE("cancelling retry ends the attempt under way, and Cancelled is never retried") {
        auto body = [](Machine& machine) -> Task<> {
            int calls = 0;
            auto call = [&]() -> Task<> {
                ++calls;
                co_await sleep(1h);
            };
            auto outcome = co_await attempt(timeout(1s, retry(exact.attempts(5), call)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(calls == 1);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("cancelling retry ends the wait, and nothing more is tried") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100);
            auto call = [&] { return flaky.call(); };
            auto outcome = co_await attempt(timeout(5s, retry(exact.backoff(1h), call)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(flaky.calls.size() == 1);
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
    }

    TEST_CASE("an attempt that fails because it was cancelled is not retried") {
        auto body = [](Machine& machine) -> Task<> {
            int calls = 0;
            auto call = [&]() -> Task<> {
                ++calls;
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                    throw Error("broken off");
                }
            };
            auto outcome = co_await attempt(timeout(1s, retry(exact, call)));
            CHECK(outcome.failure().message() == "broken off");
            CHECK(calls == 1);
            CHECK(machine.elapsed() == 1s);
        };
        run_test(body);
    }

    TEST_CASE("a success that comes although retry was cancelled is delivered") {
        auto body = []() -> Task<> {
            auto call = []() -> Task<int> {
                try {
                    co_await sleep(1h);
                } catch (const Cancelled&) {
                }
                co_return 7;
            };
            CHECK(co_await timeout(1s, retry(exact, call)) == 7);
        };
        run_test(body);
    }

    TEST_CASE("the bound of the whole cancels the attempt that it strikes, which fails by a TimeoutError") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100, 2s);
            auto call = [&] { return flaky.call(); };
            auto outcome = co_await attempt(retry(exact.attempts(10).backoff(1s, 1).within(7s), call));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(outcome.failure().message() == "the operation timed out after 7 s");
            CHECK(messages(outcome.failure().suppressed()) == std::vector<std::string>{"failure 1", "failure 2"});
            CHECK(flaky.calls == std::vector<Duration>{0s, 3s, 6s});
            CHECK(machine.elapsed() == 7s);
        };
        run_test(body);
    }

    TEST_CASE("a wait that would reach the bound of the whole is not begun") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100, 2s);
            auto call = [&] { return flaky.call(); };
            auto outcome = co_await attempt(retry(exact.attempts(10).backoff(5s).within(7s), call));
            CHECK(outcome.failure().message() == "failure 1");
            CHECK(machine.elapsed() == 2s);
            auto just_in_time = co_await attempt(retry(exact.attempts(10).backoff(4999ms).within(7s), call));
            CHECK(just_in_time.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 9s);
        };
        run_test(body);
    }

    TEST_CASE("before each wait the hook is told the attempt, its failure and the delay") {
        std::vector<std::string> log;
        auto body = [&](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100);
            auto call = [&] { return flaky.call(); };
            auto hook = [&](const FailedAttempt& failed) {
                log.push_back(std::to_string(failed.number) + ": " + failed.failure.message() + ", again in " +
                              duration_text(failed.delay));
            };
            static_cast<void>(co_await attempt(retry(exact.attempts(3).before_wait(hook), call)));
        };
        run_test(body);
        CHECK(log == std::vector<std::string>{"1: failure 1, again in 100 ms", "2: failure 2, again in 200 ms"});
    }

    TEST_CASE("what the hook throws ends the retrying and is thrown, and no failure is lost") {
        auto body = [](Machine& machine) -> Task<> {
            Flaky flaky(machine, 100);
            auto call = [&] { return flaky.call(); };
            auto hook = [](const FailedAttempt& failed) {
                if (failed.number == 2) throw std::runtime_error("no more of this");
            };
            auto outcome = co_await attempt(retry(exact.attempts(5).before_wait(hook), call));
            CHECK(outcome.failure().message() == "no more of this");
            CHECK(messages(outcome.failure().suppressed()) == std::vector<std::string>{"failure 1", "failure 2"});
        };
        run_test(body);
    }

    TEST_CASE("what the function throws before it gives something to await is a failed attempt too") {
        auto body = []() -> Task<> {
            int calls = 0;
            auto call = [&] {
                if (++calls < 3) throw std::runtime_error("not yet");
                return sleep(1s);
            };
            co_await retry(exact, call);
            CHECK(calls == 3);
        };
        run_test(body);
    }

    TEST_CASE(
        "retry takes functions that give Deferreds, move-only values and references, and keeps what it is given") {
        auto body = []() -> Task<> {
            int calls = 0;
            auto deferred = [&] { return ++calls < 3 ? fail<int>(Error("no")) : succeed(calls); };
            CHECK(co_await retry(exact, deferred) == 3);
            auto pointer = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
            auto made = co_await retry(exact, pointer);
            CHECK(*made == 4);
            auto reference = [&]() -> Task<int&> { co_return calls; };
            int& same = co_await retry(exact, reference);
            CHECK(&same == &calls);

            std::vector<Task<std::string>> kept;
            {
                std::string captured = "a capture that is too long to live inside its string object";
                int times = 0;
                auto call = [captured, times]() mutable -> Task<std::string> {
                    co_await sleep(1s);
                    if (++times < 2) throw Error("once");
                    co_return captured;
                };
                RetryPolicy policy = exact.attempts(2);
                kept.push_back(retry(policy, call));
            }
            auto texts = co_await gather(std::move(kept));
            CHECK(texts[0] == "a capture that is too long to live inside its string object");
        };
        run_test(body);
    }

    TEST_CASE("a policy refuses what means nothing") {
        CHECK_THROWS_AS(static_cast<void>(RetryPolicy().attempts(0)), Error);
        CHECK_THROWS_AS(static_cast<void>(RetryPolicy().backoff(-1s)), Error);
        CHECK_THROWS_AS(static_cast<void>(RetryPolicy().backoff(1s, 0.5)), Error);
        CHECK_THROWS_AS(static_cast<void>(RetryPolicy().jitter(1.5)), Error);
        CHECK_THROWS_AS(static_cast<void>(RetryPolicy().jitter(-0.1)), Error);
    }
}
