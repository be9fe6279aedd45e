#include <corduroy/async/shutdown_trigger.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/reactor/service.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

std::string* service_log = nullptr;

// A service that notes its end.
class Noting final : public Service {
public:
    explicit Noting(Reactor&) {}
    ~Noting() override { *service_log += 's'; }
    void stop() noexcept override {}
};

} // namespace

TEST_SUITE("async") {
    TEST_CASE(
        "shutdown triggers are called when main has ended, phase by phase, around the background work and services") {
        std::string log;
        service_log = &log;
        auto background = [&]() -> Task<> {
            co_await sleep(5s);
            log += 'g';
        };
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().service<Noting>();
            ensure_deferred(background());
            add_shutdown_trigger(ShutdownPhase::after, [&] { log += 'a'; });
            add_shutdown_trigger(ShutdownPhase::during, [&] { log += 'd'; });
            add_shutdown_trigger(ShutdownPhase::before, [&] { log += 'b'; });
            log += 'm';
            co_return;
        };
        run_test(body);
        CHECK(log == "mbgdsa");
    }

    TEST_CASE("the triggers of a phase are called in order, each awaited before the next, with their arguments") {
        std::string log;
        auto slow = [&](std::string text) -> Task<int> {
            co_await sleep(2s);
            log += text;
            co_return 1;
        };
        auto body = [&](Machine& machine) -> Task<> {
            add_shutdown_trigger(ShutdownPhase::before, slow, std::string("first "));
            add_shutdown_trigger(ShutdownPhase::before, [&] { return ensure_deferred(slow("second ")); });
            add_shutdown_trigger(ShutdownPhase::before,
                                 [&] { log += machine.elapsed() == 4s ? "after 4 s" : "too early"; });
            co_return;
        };
        run_test(body);
        CHECK(log == "first second after 4 s");
    }

    TEST_CASE("a trigger that fails is reported with where it was added, and the next is called") {
        std::string log;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled([&](const Failure& failure, std::string_view context) {
                log += failure.message() + " in " + std::string(context.substr(0, 27)) + "; ";
                CHECK(context.find("shutdown_trigger_test.cpp:") != std::string_view::npos);
            });
            add_shutdown_trigger(ShutdownPhase::during, [] { throw std::runtime_error("broken"); });
            auto fail = []() -> Task<> {
                co_await sleep(1s);
                throw std::runtime_error("broken later");
            };
            add_shutdown_trigger(ShutdownPhase::during, fail);
            add_shutdown_trigger(ShutdownPhase::during, [&] { log += "next"; });
            co_return;
        };
        run_test(body);
        CHECK(log == "broken in a shutdown trigger added at; broken later in a shutdown trigger added at; next");
    }

    TEST_CASE(
        "a trigger is cancelled after ten seconds, or its own bound, and what it did ends before the next is called") {
        std::string log;
        auto for_ever = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
                log += "cancelled; ";
                throw;
            }
        };
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled([&](const Failure& failure, std::string_view) {
                CHECK(failure.check<TimeoutError>());
                log += failure.message() + "; ";
            });
            add_shutdown_trigger(ShutdownPhase::before, for_ever);
            auto bounded = add_shutdown_trigger(ShutdownPhase::before, [&] { ensure_deferred(for_ever()); });
            bounded.set_bound(2s);
            add_shutdown_trigger(ShutdownPhase::before, [&] { log += duration_text(machine.elapsed()); });
            co_return;
        };
        run_test(body);
        CHECK(log == "cancelled; the operation timed out after 10 s; "
                     "cancelled; the operation timed out after 2 s; 12 s");
    }

    TEST_CASE("triggers are called, and may await, also where main failed or was cancelled") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto save = [&]() -> Task<> {
                co_await sleep(1s);
                log += "saved";
            };
            add_shutdown_trigger(ShutdownPhase::before, save);
            co_await sleep(1s);
            throw std::runtime_error("broken");
        };
        CHECK_THROWS_AS(run_test(body), std::runtime_error);
        CHECK(log == "saved");

        auto stopped = [&](Machine& machine) -> Task<> {
            auto save = [&]() -> Task<> {
                co_await sleep(1s);
                log += " twice";
            };
            add_shutdown_trigger(ShutdownPhase::during, save);
            machine.reactor().call_later(1s, [&] { machine.reactor().stop(); });
            co_await sleep(1h);
        };
        CHECK_THROWS_AS(run_test(stopped), CancelledError);
        CHECK(log == "saved twice");
    }

    TEST_CASE("before main's background work is cancelled because main failed, a trigger can still let it finish") {
        std::string log;
        bool finish = false;
        auto background = [&]() -> Task<> {
            while (!finish) co_await sleep(1s);
            log += "finished";
        };
        auto body = [&]() -> Task<> {
            auto running = std::make_shared<Deferred<>>(ensure_deferred(background()));
            auto let_finish = [&finish, running]() -> Task<> {
                finish = true;
                co_await *running;
            };
            add_shutdown_trigger(ShutdownPhase::before, let_finish);
            co_await sleep(500ms);
            throw std::runtime_error("broken");
        };
        CHECK_THROWS_AS(run_test(body), std::runtime_error);
        CHECK(log == "finished");
    }

    TEST_CASE("a trigger that is removed is not called, and removing one whose turn has come does nothing") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto removed = add_shutdown_trigger(ShutdownPhase::before, [&] { log += 'x'; });
            removed.remove();
            removed.remove();
            auto called = std::make_shared<std::optional<ShutdownTrigger>>();
            auto remove_itself = [&log, called] {
                (*called)->remove();
                log += 'c';
                called->reset();
            };
            *called = add_shutdown_trigger(ShutdownPhase::before, remove_itself);
            co_return;
        };
        run_test(body);
        CHECK(log == "c");
    }

    TEST_CASE("a trigger may add others to its phase and later ones, and to a phase that is over it is an error") {
        std::string log;
        auto body = [&]() -> Task<> {
            auto trigger = [&log] {
                log += 'a';
                CHECK_THROWS_AS(add_shutdown_trigger(ShutdownPhase::before, [] {}), Error);
                add_shutdown_trigger(ShutdownPhase::during, [&log] { log += 'b'; });
                add_shutdown_trigger(ShutdownPhase::after, [&log] { log += 'c'; });
            };
            add_shutdown_trigger(ShutdownPhase::during, trigger);
            co_return;
        };
        run_test(body);
        CHECK(log == "abc");
    }

    TEST_CASE("where no program runs there is nothing to come to its end, which add_shutdown_trigger says") {
        CHECK_THROWS_AS(add_shutdown_trigger(ShutdownPhase::before, [] {}), Error);
        Reactor reactor(std::make_unique<sim::SimKernel>());
        reactor.call_later(0s, [&] {
            CHECK_THROWS_AS(add_shutdown_trigger(ShutdownPhase::before, [] {}), Error);
            reactor.stop();
        });
        reactor.run();
    }

    TEST_CASE("each run of a reactor has triggers of its own") {
        std::string log;
        Reactor reactor(std::make_unique<sim::SimKernel>());
        auto body = [&](char letter) -> Task<> {
            add_shutdown_trigger(ShutdownPhase::before, [&log, letter] { log += letter; });
            co_return;
        };
        run(reactor, body('a'));
        run(reactor, body('b'));
        CHECK(log == "ab");
    }

    TEST_CASE("a trigger that waits for ever on nothing ends by its bound") {
        std::string message;
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().on_unhandled(
                [&](const Failure& failure, std::string_view) { message = failure.message(); });
            auto for_ever = []() -> Task<> {
                Deferred<> never;
                co_await never;
            };
            add_shutdown_trigger(ShutdownPhase::before, for_ever).set_bound(24h);
            co_return;
        };
        run_test(body);
        CHECK(message == "the operation timed out after 86400 s");
    }
}
