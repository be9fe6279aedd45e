// from_callback, with libraries that call back on the reactor's own thread. tests/threads has those with threads.

#include <corduroy/async/adapt/from_callback.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/inspect/task_tree.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/cancelled.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A library as C has them: what it calls back is a function pointer, in the middle of whose arguments stands a void*.
using lookup_done = void (*)(int status, void* context, const char* address);
using counted = int (*)(void* context, unsigned long count);

struct Lookup {
    lookup_done done = nullptr;
    void* context = nullptr;
    int begun = 0;

    void begin(lookup_done call, void* data) {
        done = call;
        context = data;
        ++begun;
    }
    void end(int status, const char* address) { std::exchange(done, nullptr)(status, context, address); }
    void end_after(Duration time, int status, std::string address) {
        Reactor::current().call_later(time, [this, status, address] { end(status, address.c_str()); });
    }
};

std::string address_of(int status, const char* address) {
    if (status != 0) throw std::runtime_error("look-up failed: " + std::to_string(status));
    return address;
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("from_callback gives what the callback's arguments convert to, or throws what that throws") {
        auto body = [](Machine& machine) -> Task<> {
            Lookup library;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            library.end_after(2s, 0, "10.0.0.1");
            auto address = co_await from_callback(start, address_of);
            CHECK(address == "10.0.0.1");
            CHECK(machine.elapsed() == 2s);
            library.end_after(1s, 3, "");
            auto failed = co_await attempt(from_callback(start, address_of));
            CHECK(failed.failure().message() == "look-up failed: 3");
        };
        run_test(body);
    }

    TEST_CASE("a callback may come before the function that takes it returns, return a value, or carry nothing") {
        auto body = []() -> Task<> {
            int returned = -1;
            auto at_once = [&](counted call, void* context) { returned = call(context, 7); };
            auto start = [&](auto function, void* context) { at_once(function, context); };
            auto number = co_await from_callback(start, [](unsigned long count) { return count; });
            CHECK(number == 7);
            CHECK(returned == 0);
            auto ring = [&](void (*call)(void*), void* context) { call(context); };
            co_await from_callback(ring);
        };
        run_test(body);
    }

    TEST_CASE("the coroutine goes on in a turn of its own, and not within the library's call") {
        auto body = []() -> Task<> {
            Lookup library;
            std::string log;
            auto wait = [&]() -> Task<> {
                auto start = [&](auto function, void* context) { library.begin(function, context); };
                co_await from_callback(start, address_of);
                log += "woken";
            };
            Deferred<> waits = ensure_deferred(wait());
            co_await sleep(1s);
            library.end(0, "");
            log += "called ";
            co_await waits;
            CHECK(log == "called woken");
        };
        run_test(body);
    }

    TEST_CASE("as a Deferred it is called on, while the caller does something else") {
        auto body = []() -> Task<> {
            Lookup library;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            Deferred<std::size_t> length =
                ensure_deferred(from_callback(start, address_of)).add_callback(&std::string::size);
            library.end_after(1s, 0, "10.0.0.1");
            co_await sleep(2s);
            CHECK(length.called());
            auto size = co_await length;
            CHECK(size == 8);
        };
        run_test(body);
    }

    TEST_CASE("where the library refuses, the exception of the function that starts it is thrown") {
        auto body = []() -> Task<> {
            auto refuse = [](void (*)(void*), void*) { throw std::runtime_error("no library"); };
            auto outcome = co_await attempt(from_callback(refuse));
            CHECK(outcome.failure().message() == "no library");
            auto call_and_refuse = [](void (*call)(void*), void* context) {
                call(context);
                throw std::runtime_error("too late");
            };
            auto told = co_await attempt(from_callback(call_and_refuse));
            CHECK(told.failure().message() == "too late");
        };
        run_test(body);
    }

    TEST_CASE("a cancelled wait for a callback calls the canceller, waits for the callback, and raises Cancelled") {
        auto body = [](Machine& machine) -> Task<> {
            Lookup library;
            int cancels = 0;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            auto cancel = [&] {
                ++cancels;
                library.end_after(500ms, 9, "");
            };
            auto outcome = co_await attempt(timeout(1s, from_callback(start, address_of, cancel)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(cancels == 1);
            CHECK(machine.elapsed() == 1500ms);
        };
        run_test(body);
    }

    TEST_CASE("a value that the callback brings though the wait was cancelled is delivered") {
        auto body = []() -> Task<> {
            Lookup library;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            auto cancel = [&] { library.end(0, "all the same"); };
            auto address = co_await timeout(1s, from_callback(start, address_of, cancel));
            CHECK(address == "all the same");
            // Without a canceller it is waited for, and a failure is the library's own.
            library.end_after(3s, 4, "");
            auto outcome = co_await attempt(timeout(1s, from_callback(start, address_of)));
            CHECK(outcome.failure().message() == "look-up failed: 4");
        };
        run_test(body);
    }

    TEST_CASE("in a cancelled scope the library is not called at all") {
        auto body = []() -> Task<> {
            Lookup library;
            bool raised = false;
            auto opened = [&](TaskGroup& group) -> Task<> {
                group.cancel();
                auto start = [&](auto function, void* context) { library.begin(function, context); };
                try {
                    co_await from_callback(start, address_of);
                } catch (const Cancelled&) {
                    raised = true;
                }
                group.spawn(from_callback(start, address_of));
            };
            co_await with_task_group(opened);
            CHECK(raised);
            CHECK(library.begun == 0);
        };
        run_test(body);
    }

    TEST_CASE("what a canceller throws is reported, and the callback waited for all the same") {
        auto body = [](Machine& machine) -> Task<> {
            std::string reported;
            machine.reactor().on_unhandled([&](const Failure& failure, std::string_view context) {
                reported = failure.message() + " in " + std::string(context);
            });
            Lookup library;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            auto cancel = [] { throw std::runtime_error("sorry"); };
            library.end_after(2s, 0, "late");
            auto address = co_await timeout(1s, from_callback(start, address_of, cancel));
            CHECK(address == "late");
            CHECK(reported == "sorry in the canceller of the callback of a C library");
        };
        run_test(body);
    }

    TEST_CASE("the tree of tasks shows a wait for a callback") {
        auto body = []() -> Task<> {
            Lookup library;
            auto start = [&](auto function, void* context) { library.begin(function, context); };
            Deferred<std::string> waits = ensure_deferred(from_callback(start, address_of));
            co_await sleep(1s);
            CHECK(task_tree().text().find("the callback of a C library") != std::string::npos);
            library.end(0, "");
            co_await waits;
        };
        run_test(body);
    }
}
