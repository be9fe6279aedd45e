#include <corduroy/async/with.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/move_on.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Takes a while to close, and may fail to.
struct File {
    std::string& log;
    Duration closes_in = 1s;
    bool breaks = false;
    std::unique_ptr<int> only_one = {}; // it can be moved, and not copied

    Task<> close() {
        log += "closing ";
        co_await sleep(closes_in);
        if (breaks) throw std::runtime_error("the disk is full");
        log += "closed ";
    }
};

Task<File> open_file(std::string& log, Duration takes = 1s) {
    co_await sleep(takes);
    log += "open ";
    co_return File{log};
}

Task<int> read_file(File& file) {
    file.log += "read ";
    co_await sleep(1s);
    co_return 7;
}

Task<int> read_for_ever(File& file) {
    co_await sleep(1h);
    co_return co_await read_file(file);
}

Task<> fail_reading(File&) {
    co_await sleep(1s);
    throw std::runtime_error("unreadable");
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("with opens a resource, gives it to the body, closes it, and gives the body's value") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            CHECK(co_await with(open_file(log), read_file) == 7);
            CHECK(log == "open read closing closed ");
            CHECK(machine.elapsed() == 3s);
        };
        run_test(body);
    }

    TEST_CASE("with keeps a resource that is given away, and refers to one that is not") {
        std::string log;
        auto body = [&]() -> Task<> {
            File file{log};
            auto uses = [&](File& used) -> Task<bool> { co_return &used == &file; };
            CHECK(co_await with(file, uses));
            CHECK_FALSE(co_await with(std::move(file), uses));
            CHECK(log == "closing closed closing closed ");
        };
        run_test(body);
    }

    TEST_CASE("with closes what has a close() that gives nothing to wait for, and a generator") {
        struct Plain {
            int closed = 0;
            void close() { ++closed; }
        };
        auto numbers = []() -> AsyncGenerator<int> {
            for (int i = 0;; ++i) co_yield i;
        };
        auto body = [&]() -> Task<> {
            Plain plain;
            auto use = [](Plain&) -> Task<> { co_await sleep(1s); };
            co_await with(plain, use);
            CHECK(plain.closed == 1);
            auto third = [](AsyncGenerator<int>& counted) -> Task<int> {
                co_await counted.next();
                co_await counted.next();
                auto item = co_await counted.next();
                co_return *item;
            };
            CHECK(co_await with(numbers(), third) == 2);
        };
        run_test(body);
    }

    TEST_CASE("what fails to open is not closed, and the body does not run") {
        std::string log;
        auto refuse = []() -> Task<File> {
            co_await sleep(1s);
            throw std::runtime_error("no such file");
        };
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(with(refuse(), read_file));
            CHECK(outcome.failure().message() == "no such file");
            CHECK_FALSE(co_await move_on_after(1s, with(open_file(log, 1h), read_file)));
        };
        run_test(body);
        CHECK(log.empty());
    }

    TEST_CASE("a body that fails, in whatever way, has its resource closed before the failure is thrown") {
        std::string log;
        auto throws_at_once = [](File&) -> Task<> { throw std::runtime_error("no Task"); };
        auto body = [&]() -> Task<> {
            auto late = co_await attempt(with(open_file(log), fail_reading));
            CHECK(late.failure().message() == "unreadable");
            CHECK(late.failure().suppressed().empty());
            CHECK(log == "open closing closed ");
            auto at_once = co_await attempt(with(open_file(log), throws_at_once));
            CHECK(at_once.failure().message() == "no Task");
            CHECK(log == "open closing closed open closing closed ");
        };
        run_test(body);
    }

    TEST_CASE("closing runs to its end in a cancelled scope, and the cancellation then goes on") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto outcome = co_await attempt(timeout(5s, with(open_file(log), read_for_ever)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(log == "open closing closed ");
            CHECK(machine.elapsed() == 6s);
        };
        run_test(body);
    }

    TEST_CASE(
        "a failure to close rides on the failure of the body as suppressed, and is thrown where the body succeeded") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto both = co_await attempt(with(File{log, 1s, true}, fail_reading));
            CHECK(both.failure().message() == "unreadable");
            REQUIRE(both.failure().suppressed().size() == 1);
            CHECK(both.failure().suppressed()[0].message() == "the disk is full");
            auto alone = co_await attempt(with(File{log, 1s, true}, read_file));
            CHECK(alone.failure().message() == "the disk is full");
        };
        run_test(body);
    }

    TEST_CASE("a failure to close in a cancelled scope is not lost: whoever catches the cancellation tells it") {
        std::string log;
        auto broken = [&]() { return with(File{log, 1s, true}, read_for_ever); };
        auto body = [&]() -> Task<> {
            auto timed_out = co_await attempt(timeout(1s, broken()));
            CHECK(timed_out.failure().check<TimeoutError>());
            REQUIRE(timed_out.failure().suppressed().size() == 1);
            CHECK(timed_out.failure().suppressed()[0].message() == "the disk is full");

            auto moved_on = co_await attempt(move_on_after(1s, broken()));
            CHECK(moved_on.failure().message() == "the disk is full");

            auto settled = co_await settle(broken(), sleep(1s)).within(1s);
            CHECK(std::get<0>(settled).failure().check<TimeoutError>());
            CHECK(std::get<0>(settled).failure().suppressed().size() == 1);

            auto group_body = [&](TaskGroup& group) -> Task<> {
                group.spawn(broken());
                co_await sleep(1s);
                group.cancel();
            };
            auto group = co_await attempt(with_task_group(group_body));
            CHECK(group.failure().message() == "the disk is full");
        };
        run_test(body);
    }

    TEST_CASE("what takes longer than its bound to close is cancelled and joined, and has failed") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            auto standard = co_await attempt(with(File{log, 1h}, read_file));
            CHECK(standard.failure().message() == "the clean-up timed out after 10 s");
            CHECK(machine.elapsed() == 11s);
            auto bounded = co_await attempt(with(File{log, 1h}, fail_reading).clean_up_within(500ms));
            CHECK(bounded.failure().message() == "unreadable");
            CHECK(bounded.failure().suppressed().at(0).message() == "the clean-up timed out after 500 ms");
            CHECK(machine.elapsed() == 12500ms);
            auto in_time = co_await attempt(with(File{log, 2s}, read_file).clean_up_within(2s + 1ns));
            CHECK(in_time);
        };
        run_test(body);
    }

    TEST_CASE("a resource that was opened as the cancellation came is closed") {
        std::string log;
        auto body = [&]() -> Task<> {
            CancelScope scope;
            auto opened_late = [&]() -> Task<File> {
                scope.cancel();
                log += "open ";
                co_return File{log};
            };
            CHECK_FALSE(co_await within(scope, with(opened_late(), read_for_ever)));
            CHECK(log == "open closing closed ");
        };
        run_test(body);
    }

    TEST_CASE("a resource that is given to with in a cancelled scope is closed") {
        std::string log;
        auto work = [&](CancelScope& scope) -> Task<> {
            File file{log};
            scope.cancel();
            co_await with(std::move(file), read_for_ever);
        };
        auto body = [&]() -> Task<> { CHECK_FALSE(co_await with_cancel_scope(work)); };
        run_test(body);
        CHECK(log == "closing closed ");
    }
}
