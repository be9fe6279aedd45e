#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/shield.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Note {
    std::string& log;
    char letter;
    ~Note() { log += letter; }
};

AsyncGenerator<int> count_with(std::string& log) {
    Note first{log, 'd'};
    Note last{log, 'D'};
    for (int i = 1;; ++i) co_yield i;
}

// A generator as one writes it that has something to give back, and must wait for that.
AsyncGenerator<int> count_until_closed(std::string& log) {
    bool cancelled = false;
    try {
        for (int i = 1;; ++i) {
            co_await sleep(1ms);
            co_yield i;
        }
    } catch (const Cancelled&) {
        cancelled = true;
    }
    co_await shield(sleep(10ms));
    log += 'c';
    if (cancelled) co_await yield_now();
    log += '?';
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a generator that is dropped in its middle destroys its locals, the last one first") {
        std::string log;
        auto body = [&]() -> Task<> {
            {
                AsyncGenerator<int> numbers = count_with(log);
                while (auto number = co_await numbers.next())
                    if (*number == 2) break;
                CHECK(log.empty());
            }
            CHECK(log == "Dd");
        };
        run_test(body);
    }

    TEST_CASE("a generator that was never asked leaves nothing behind, closed or dropped") {
        std::string log;
        auto body = [&]() -> Task<> {
            {
                AsyncGenerator<int> dropped = count_with(log);
            }
            AsyncGenerator<int> closed = count_with(log);
            co_await closed.close();
            CHECK_FALSE(co_await closed.next());
            co_await closed.close();
        };
        run_test(body);
        CHECK(log.empty());
    }

    TEST_CASE("close awaits the generator's clean-up, and then it is over") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = count_until_closed(log);
            CHECK(co_await numbers.next() == 1);
            co_await numbers.close();
            CHECK(log == "c");
            CHECK(machine.elapsed() == 11ms);
            CHECK_FALSE(co_await numbers.next());
            co_await numbers.close();
        };
        run_test(body);
        CHECK(log == "c");
    }

    TEST_CASE("close destroys the locals of a generator that knows nothing of being closed") {
        std::string log;
        auto body = [&]() -> Task<> {
            AsyncGenerator<int> numbers = count_with(log);
            co_await numbers.next();
            co_await numbers.close();
            CHECK(log == "Dd");
        };
        run_test(body);
    }

    TEST_CASE("close does its work in a cancelled scope, and the cancellation comes with the next await") {
        std::string log;
        auto consume = [&]() -> Task<> {
            AsyncGenerator<int> numbers = count_until_closed(log);
            co_await numbers.next();
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                log += '!';
            }
            co_await numbers.close();
            log += '.';
            co_await yield_now();
            log += '?';
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1s, consume()));
            CHECK(outcome.failure().check<TimeoutError>());
        };
        run_test(body);
        CHECK(log == "!c.");
    }

    TEST_CASE("what clean-up throws comes out of close") {
        auto generate = []() -> AsyncGenerator<int> {
            try {
                co_yield 1;
            } catch (const Cancelled&) {
                throw std::runtime_error("cannot be given back");
            }
        };
        auto body = [&]() -> Task<> {
            AsyncGenerator<int> numbers = generate();
            co_await numbers.next();
            auto outcome = co_await attempt(numbers.close());
            CHECK(outcome.failure().message() == "cannot be given back");
            CHECK_FALSE(co_await numbers.next());
        };
        run_test(body);
    }

    TEST_CASE("a generator that yields on while it is being closed gets Cancelled at each co_yield, and stops nobody") {
        std::string log;
        bool others_went_on = false;
        auto generate = [&]() -> AsyncGenerator<int> {
            while (!others_went_on) {
                try {
                    co_yield 1;
                } catch (const Cancelled&) {
                    if (log.size() < 3) log += 'x';
                }
            }
        };
        auto close = [&]() -> Task<> {
            AsyncGenerator<int> numbers = generate();
            co_await numbers.next();
            co_await numbers.close();
        };
        auto other = [&]() -> Task<> {
            for (int i = 0; i < 5; ++i) co_await yield_now();
            others_went_on = true;
        };
        auto body = [&]() -> Task<> { co_await gather(close(), other()); };
        run_test(body);
        CHECK(log == "xxx");
    }

    TEST_CASE("closing a generator while an item of it is awaited throws an Error") {
        std::string log;
        AsyncGenerator<int> numbers = count_until_closed(log);
        auto consume = [&]() -> Task<> { CHECK(co_await numbers.next() == 1); };
        auto close = [&]() -> Task<> {
            auto outcome = co_await attempt(numbers.close());
            CHECK(outcome.failure().check<Error>());
            co_await sleep(5ms);
            co_await numbers.close();
        };
        auto body = [&]() -> Task<> { co_await gather(consume(), close()); };
        run_test(body);
        CHECK(log == "c");
    }

    TEST_CASE("a time-out bounds the clean-up that close waits for") {
        auto generate = []() -> AsyncGenerator<int> {
            try {
                co_yield 1;
            } catch (const Cancelled&) {
            }
            co_await shield(timeout(2s, sleep(1h)));
        };
        auto body = [&](Machine& machine) -> Task<> {
            AsyncGenerator<int> numbers = generate();
            co_await numbers.next();
            auto outcome = co_await attempt(numbers.close());
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 2s);
        };
        run_test(body);
    }
}
