// from_awaitable: what was written for other coroutines. tests/threads has awaitables that resume in other threads.

#include <corduroy/async/adapt/from_awaitable.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Another library, with a loop of its own.
std::vector<std::coroutine_handle<>> other_loop;
void run_other_loop() {
    for (std::coroutine_handle<> handle : std::exchange(other_loop, {})) handle.resume();
}

// Its coroutine: begun by whoever awaits it, by transferring to it, and transferring back in the end.
template <class T>
class OtherTask {
public:
    struct promise_type {
        struct End {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> handle) noexcept {
                return handle.promise().awaiting;
            }
            void await_resume() noexcept {}
        };
        OtherTask get_return_object() { return OtherTask(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        End final_suspend() noexcept { return {}; }
        void return_value(T result) { value = std::move(result); }
        void unhandled_exception() { failure = std::current_exception(); }

        std::coroutine_handle<> awaiting;
        std::optional<T> value;
        std::exception_ptr failure;
    };

    OtherTask(OtherTask&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    ~OtherTask() {
        if (handle_) handle_.destroy();
    }

    auto operator co_await() && {
        struct Awaiter {
            std::coroutine_handle<promise_type> handle;
            bool await_ready() { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
                handle.promise().awaiting = awaiting;
                return handle;
            }
            T await_resume() {
                if (handle.promise().failure) std::rethrow_exception(handle.promise().failure);
                return std::move(*handle.promise().value);
            }
        };
        return Awaiter{handle_};
    }

private:
    explicit OtherTask(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

struct OtherTurn {
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle) { other_loop.push_back(handle); }
    void await_resume() {}
};

OtherTask<std::unique_ptr<int>> ask(int question) {
    co_await OtherTurn();
    if (question < 0) throw std::runtime_error("no such question");
    co_await OtherTurn();
    co_return std::make_unique<int>(question + 1);
}
OtherTask<int> answer_at_once() { co_return 42; }

// A flag that is awaited where it is.
class OtherEvent {
public:
    OtherEvent() = default;
    OtherEvent(const OtherEvent&) = delete;
    bool await_ready() const { return set_; }
    void await_suspend(std::coroutine_handle<> handle) { waiting_ = handle; }
    std::string& await_resume() { return text_; }
    void set() {
        set_ = true;
        if (waiting_) std::exchange(waiting_, {}).resume();
    }

private:
    bool set_ = false;
    std::coroutine_handle<> waiting_;
    std::string text_ = "set";
};

// Gives a reference into the awaiter itself, which is a temporary.
struct OtherReference {
    std::string text = "a text too long for a small string";
    bool await_ready() { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    std::string&& await_resume() { return std::move(text); }
};

void drive_other_loop(Duration every, int times) {
    if (times == 0) return;
    Reactor::current().call_later(every, [=] {
        run_other_loop();
        drive_other_loop(every, times - 1);
    });
}

} // namespace

TEST_SUITE("async") {
    TEST_CASE("from_awaitable gives what a foreign coroutine returns, and throws what it throws") {
        auto body = [](Machine& machine) -> Task<> {
            drive_other_loop(1s, 3);
            auto answer = co_await from_awaitable(ask(4));
            CHECK(*answer == 5);
            CHECK(machine.elapsed() == 2s);
            auto failed = co_await attempt(from_awaitable(ask(-1)));
            CHECK(failed.failure().message() == "no such question");
        };
        run_test(body);
    }

    TEST_CASE("a foreign awaitable that ends at once, by itself or by transferring, ends at once") {
        auto body = [](Machine& machine) -> Task<> {
            int answer = co_await from_awaitable(answer_at_once());
            CHECK(answer == 42);
            OtherReference reference;
            std::string text = co_await from_awaitable(std::move(reference));
            CHECK(text == "a text too long for a small string");
            co_await from_awaitable(std::suspend_never());
            CHECK(machine.elapsed() == 0s);
        };
        run_test(body);
    }

    TEST_CASE("a foreign awaitable that can only be referred to is awaited where it is, and may give a reference") {
        auto body = []() -> Task<> {
            OtherEvent event;
            Reactor::current().call_later(1s, [&] { event.set(); });
            std::string& text = co_await from_awaitable(event);
            CHECK(text == "set");
            std::string& again = co_await from_awaitable(event);
            CHECK(&again == &text);
        };
        run_test(body);
    }

    TEST_CASE("the coroutine goes on in a turn of its own, and not where the foreign library resumed it") {
        auto body = []() -> Task<> {
            OtherEvent event;
            std::string log;
            auto wait = [&]() -> Task<> {
                co_await from_awaitable(event);
                log += "woken";
            };
            auto set = [&]() -> Task<> {
                co_await yield_now();
                event.set();
                log += "set ";
            };
            co_await gather(wait(), set());
            CHECK(log == "set woken");
        };
        run_test(body);
    }

    TEST_CASE("a cancelled await of a foreign awaitable calls the canceller and waits for the end") {
        auto body = [](Machine& machine) -> Task<> {
            OtherEvent event;
            Reactor::current().call_later(3s, [&] { event.set(); });
            std::string& text = co_await timeout(1s, from_awaitable(event));
            CHECK(text == "set"); // it came all the same
            CHECK(machine.elapsed() == 3s);

            auto cancel = [] { drive_other_loop(1s, 1); };
            auto outcome = co_await attempt(timeout(1s, from_awaitable(ask(-1), cancel)));
            CHECK(outcome.failure().check<TimeoutError>());
            CHECK(machine.elapsed() == 5s);
        };
        run_test(body);
    }

    TEST_CASE("combinators take bridged awaitables side by side") {
        auto body = []() -> Task<> {
            drive_other_loop(1s, 2);
            auto both = co_await gather(from_awaitable(ask(1)), from_awaitable(ask(2)));
            CHECK(*both[0] == 2);
            CHECK(*both[1] == 3);
        };
        run_test(body);
    }
}
