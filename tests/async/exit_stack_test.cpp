#include <corduroy/async/exit_stack.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

struct Connection {
    std::string name;
    std::string& log;

    Task<> close() {
        co_await sleep(1s);
        log += "close " + name + ", ";
    }
};

Task<> note(std::string& log, std::string text) {
    co_await sleep(1s);
    log += text + ", ";
}

Task<> fail(std::string text) {
    co_await sleep(1s);
    throw std::runtime_error(text);
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("an exit stack does in the end what it was given, the last first, and gives the body's value") {
        std::string log;
        auto use = [&](ExitStack& exits) -> Task<int> {
            Connection& one = exits.enter(Connection{"one", log});
            exits.on_exit([&] { return note(log, "note"); });
            exits.on_exit([&] { log += "call, "; });
            Connection& two = exits.enter(Connection{"two", log});
            log += one.name + two.name + ", ";
            co_return 3;
        };
        auto body = [&](Machine& machine) -> Task<> {
            CHECK(co_await with_exit_stack(use) == 3);
            CHECK(log == "onetwo, close two, call, note, close one, ");
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("an exit stack refers to a resource that it was not given away") {
        std::string log;
        Connection connection{"mine", log};
        auto use = [&](ExitStack& exits) -> Task<bool> { co_return &exits.enter(connection) == &connection; };
        auto body = [&]() -> Task<> { CHECK(co_await with_exit_stack(use)); };
        run_test(body);
        CHECK(log == "close mine, ");
    }

    TEST_CASE("the exits run in a cancelled scope as well, each of them within a bound of its own") {
        std::string log;
        auto use = [&](ExitStack& exits) -> Task<> {
            exits.on_exit([&] { return note(log, "last"); });
            exits.on_exit([] { return sleep(1h); });
            exits.on_exit([&] { return note(log, "first"); });
            exits.clean_up_within(5s);
            co_await sleep(1h);
        };
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(1s, with_exit_stack(use)));
            CHECK(outcome.failure().check<TimeoutError>());
            REQUIRE(outcome.failure().suppressed().size() == 1);
            CHECK(outcome.failure().suppressed()[0].message() == "the clean-up timed out after 5 s");
            CHECK(machine.elapsed() == 8s);
        };
        run_test(body);
        CHECK(log == "first, last, ");
    }

    TEST_CASE("the first failure, the body's before those of the exits, carries the others") {
        auto use = [](ExitStack& exits) -> Task<> {
            exits.on_exit([] { return fail("third"); });
            exits.on_exit([]() -> Task<> { throw std::runtime_error("second"); });
            co_await fail("first");
        };
        auto succeed = [](ExitStack& exits) -> Task<int> {
            exits.on_exit([] { throw std::runtime_error("second"); });
            exits.on_exit([] { return fail("first"); });
            co_return 1;
        };
        auto body = [&]() -> Task<> {
            auto failed = co_await attempt(with_exit_stack(use));
            CHECK(failed.failure().message() == "first");
            REQUIRE(failed.failure().suppressed().size() == 2);
            CHECK(failed.failure().suppressed()[0].message() == "second");
            CHECK(failed.failure().suppressed()[1].message() == "third");
            auto succeeded = co_await attempt(with_exit_stack(succeed));
            CHECK(succeeded.failure().message() == "first");
            CHECK(succeeded.failure().suppressed().at(0).message() == "second");
        };
        run_test(body);
    }

    TEST_CASE("what a body that throws at once has given to the stack is done") {
        std::string log;
        auto use = [&](ExitStack& exits) -> Task<> {
            exits.on_exit([&] { log += "done"; });
            throw std::runtime_error("at once");
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with_exit_stack(use));
            CHECK(outcome.failure().message() == "at once");
        };
        run_test(body);
        CHECK(log == "done");
    }

    TEST_CASE("an exit may give the stack more to do") {
        std::string log;
        auto use = [&](ExitStack& exits) -> Task<> {
            exits.on_exit([&] {
                exits.on_exit([&] { log += "more"; });
                log += "one ";
            });
            co_return;
        };
        auto body = [&]() -> Task<> { co_await with_exit_stack(use); };
        run_test(body);
        CHECK(log == "one more");
    }
}
