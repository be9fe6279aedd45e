#include <corduroy/async/run.hpp>

#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

TEST_SUITE("async") {
    TEST_CASE("Reactor::stop cancels main and its background work, and run throws a CancelledError that says so") {
        std::string log;
        std::string message;
        auto background = [&]() -> Task<> {
            try {
                co_await sleep(1h);
            } catch (const Cancelled& cancelled) {
                log += "background: " + cancelled.reason() + "; ";
                throw;
            }
        };
        auto body = [&](Machine& machine) -> Task<> {
            ensure_deferred(background());
            machine.reactor().call_later(1s, [&] { machine.reactor().stop(); });
            try {
                co_await sleep(1h);
            } catch (const Cancelled& cancelled) {
                CHECK(machine.elapsed() == 1s);
                log += "main: " + cancelled.reason() + "; ";
                throw;
            }
        };
        try {
            run_test(body);
        } catch (const CancelledError& error) {
            message = error.what();
        }
        CHECK(message == "the reactor was stopped before main had ended");
        CHECK(log.find("background: the reactor was stopped; ") != std::string::npos);
        CHECK(log.find("main: the reactor was stopped; ") != std::string::npos);
    }

    TEST_CASE("a main that returns though the reactor was stopped gives its value") {
        auto body = [](Machine& machine) -> Task<int> {
            machine.reactor().stop();
            try {
                co_await sleep(1h);
            } catch (const Cancelled&) {
            }
            co_return 3;
        };
        CHECK(run_test(body) == 3);
    }

    TEST_CASE("call_when_running inside a program calls at once, in the scope of who calls") {
        std::string log;
        auto background = [&]() -> Task<> {
            co_await yield_now();
            log += 'b';
        };
        auto body = [&](Machine& machine) -> Task<> {
            machine.reactor().call_when_running([&] {
                ensure_deferred(background());
                log += 'c';
            });
            log += 'm';
            co_return;
        };
        run_test(body);
        CHECK(log == "cmb");
    }

    TEST_CASE("what call_when_running left before a program began is called first, and may start background work") {
        std::string log;
        Reactor reactor(std::make_unique<sim::SimKernel>());
        auto background = [&]() -> Task<> {
            co_await sleep(1s);
            log += 'b';
        };
        reactor.call_when_running([&] {
            ensure_deferred(background());
            log += 'c';
        });
        auto body = [&]() -> Task<> {
            log += 'm';
            co_return;
        };
        run(reactor, body());
        CHECK(log == "cmb");
    }
}
