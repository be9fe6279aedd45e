#include "async/sync/cancellable.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/task_group.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> borrow(CapacityLimiter& limiter, Duration time) {
    auto token = co_await limiter.acquire();
    co_await sleep(time);
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("a borrower that asks a limiter for a second token gets an error that names both places") {
        auto body = []() -> Task<> {
            CapacityLimiter limiter(2);
            auto token = co_await limiter.acquire();
            auto outcome = co_await attempt(borrow(limiter, 1s)); // deeper in the same task
            REQUIRE(outcome.failure().check<Error>());
            std::string message = outcome.failure().message();
            CHECK(message.find(" by a borrower that has one, or waits for it, since ") != std::string::npos);
            CHECK(message.find("_test.cpp") != message.rfind("_test.cpp"));
            CHECK_THROWS_AS(static_cast<void>(limiter.try_acquire()), Error);
            CHECK(limiter.borrowed_tokens() == 1);
            token.release();
            token = co_await limiter.acquire();
            CHECK(limiter.borrowed_tokens() == 1);
        };
        run_test(body);
    }

    TEST_CASE("a token on behalf of an object is that one's wherever it is moved") {
        auto body = []() -> Task<> {
            CapacityLimiter limiter(3);
            int one = 0;
            int other = 0;
            auto first = co_await limiter.acquire_on_behalf_of(&one);
            auto moved = std::move(first);
            auto second = limiter.try_acquire_on_behalf_of(&other);
            CHECK(bool(second));
            auto outcome = co_await attempt(limiter.acquire_on_behalf_of(&one));
            CHECK(outcome.failure().check<Error>());
            moved.release();
            auto again = co_await limiter.acquire_on_behalf_of(&one);
            CHECK(limiter.borrowed_tokens() == 2);
        };
        run_test(body);
    }

    TEST_CASE("a borrower that waits for a token and asks for another gets an error, until the first was cancelled") {
        Cancellable first;
        int one = 0;
        auto body = [&]() -> Task<> {
            CapacityLimiter limiter(1);
            auto token = co_await limiter.acquire();
            auto wait = [&]() -> Task<> { auto late = co_await limiter.acquire_on_behalf_of(&one); };
            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(first.run(wait()));
                co_await sleep(1s);
                auto outcome = co_await attempt(limiter.acquire_on_behalf_of(&one));
                CHECK(outcome.failure().check<Error>());
                first.cancel();
                group.spawn(wait());
                co_await sleep(1s);
                token.release();
            };
            co_await with_task_group(group_body);
            CHECK(limiter.borrowed_tokens() == 0);
        };
        run_test(body);
    }

    TEST_CASE("raising the total of a limiter wakes as many as there are tokens now") {
        auto body = [](Machine& machine) -> Task<> {
            CapacityLimiter limiter(1);
            auto raise_total = [&]() -> Task<> {
                co_await sleep(500ms);
                CHECK(limiter.borrowed_tokens() == 1);
                CHECK(limiter.waiting() == 3);
                limiter.set_total_tokens(3);
                CHECK(limiter.borrowed_tokens() == 3);
                CHECK(limiter.waiting() == 1);
                CHECK(limiter.available_tokens() == 0);
            };
            co_await gather(borrow(limiter, 1s), borrow(limiter, 1s), borrow(limiter, 1s), borrow(limiter, 1s),
                            raise_total());
            CHECK(machine.elapsed() == 2s);
            CHECK(limiter.available_tokens() == 3);
        };
        run_test(body);
    }

    TEST_CASE("lowering the total of a limiter takes no token away, and gives none until enough came back") {
        auto body = [](Machine& machine) -> Task<> {
            CapacityLimiter limiter(2);
            auto lower_total = [&]() -> Task<> {
                co_await sleep(500ms);
                limiter.set_total_tokens(1);
                CHECK(limiter.borrowed_tokens() == 2);
                CHECK(limiter.available_tokens() == 0);
            };
            auto third = [&]() -> Task<> {
                auto token = co_await limiter.acquire();
                CHECK(machine.elapsed() == 2s);
                CHECK(limiter.borrowed_tokens() == 1);
            };
            co_await gather(borrow(limiter, 1s), borrow(limiter, 2s), lower_total(), third());
        };
        run_test(body);
    }

    TEST_CASE("a limiter without limit, and one of no tokens for the time being") {
        auto body = [](Machine& machine) -> Task<> {
            CapacityLimiter free(CapacityLimiter::unlimited);
            std::vector<Task<>> tasks;
            for (int i = 0; i < 100; ++i) tasks.push_back(borrow(free, 1s));
            co_await gather(std::move(tasks));
            CHECK(machine.elapsed() == 1s);
            CapacityLimiter shut(0);
            CHECK_FALSE(shut.try_acquire());
            auto open = [&]() -> Task<> {
                co_await sleep(1s);
                shut.set_total_tokens(1);
            };
            co_await gather(borrow(shut, 1s), open());
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("a limiter tells where its tokens were acquired") {
        auto body = []() -> Task<> {
            CapacityLimiter limiter(200);
            std::vector<CapacityLimiter::Token> tokens;
            std::vector<int> keys(100);
            for (int& key : keys) tokens.push_back(co_await limiter.acquire_on_behalf_of(&key));
            auto mine = co_await limiter.acquire();
            CHECK(limiter.borrowers().size() == 101);
            CHECK(std::string(limiter.borrowers().front().file_name()).ends_with("capacity_limiter_test.cpp"));
            tokens.erase(tokens.begin(), tokens.begin() + 50);
            CHECK(limiter.borrowers().size() == 51);
            auto away = std::move(mine); // is nobody's in particular now
            CHECK(limiter.borrowers().size() == 50);
            CHECK(limiter.borrowed_tokens() == 51);
        };
        run_test(body);
    }
}
