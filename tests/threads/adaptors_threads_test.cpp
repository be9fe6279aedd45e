// Adaptors whose other side is in a thread of its own.

#include <corduroy/async/adapt/as_future.hpp>
#include <corduroy/async/adapt/from_awaitable.hpp>
#include <corduroy/async/adapt/from_callback.hpp>
#include <corduroy/async/adapt/from_future.hpp>
#include <corduroy/async/attempt.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/timeout.hpp>

#include <doctest/doctest.h>

#include <coroutine>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// A C library that works in a thread and calls back from there; whoever made it joins the threads.
class Library {
public:
    using Done = void (*)(const char* text, void* context);

    void begin(int number, Done done, void* context) {
        threads_.emplace_back([=] {
            std::string text = std::to_string(number);
            done(text.c_str(), context);
        });
    }
    ~Library() {
        for (std::thread& thread : threads_) thread.join();
    }

private:
    std::vector<std::thread> threads_;
};

// An awaitable that goes on in another thread.
struct InAnotherThread {
    std::vector<std::thread>& threads;
    std::thread::id id{};

    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        threads.emplace_back([this, handle] {
            id = std::this_thread::get_id();
            handle.resume();
        });
    }
    std::thread::id await_resume() { return id; }
};

Task<int> read(Library& library, int number) {
    auto start = [&](auto function, void* context) { library.begin(number, function, context); };
    auto convert = [](const char* text) { return std::stoi(text); };
    int value = co_await from_callback(start, convert);
    co_return value;
}

} // namespace

TEST_SUITE("threads") {
    TEST_CASE("a callback from another thread is converted there, and the Task goes on on its own") {
        for (int round = 0; round < 50; ++round) {
            Library library; // joined after the reactor has gone, which may be while a thread is still on its way out
            auto body = [&]() -> Task<int> {
                std::thread::id here = std::this_thread::get_id();
                int sum = 0;
                for (int i = 0; i < 4; ++i) {
                    int value = co_await read(library, i);
                    sum += value;
                }
                CHECK(std::this_thread::get_id() == here);
                co_return sum;
            };
            CHECK(run(body()) == 6);
        }
    }

    TEST_CASE("many callbacks from as many threads all arrive") {
        Library library;
        auto body = [&]() -> Task<int> {
            std::vector<Task<int>> reads;
            for (int i = 0; i < 64; ++i) reads.push_back(read(library, i));
            auto values = co_await gather(std::move(reads));
            int sum = 0;
            for (int value : values) sum += value;
            co_return sum;
        };
        CHECK(run(body()) == 63 * 64 / 2);
    }

    TEST_CASE("a foreign awaitable that resumes in another thread brings the Task back to its own") {
        for (int round = 0; round < 50; ++round) {
            std::vector<std::thread> threads;
            auto body = [&]() -> Task<> {
                std::thread::id here = std::this_thread::get_id();
                InAnotherThread hop{threads};
                std::thread::id there = co_await from_awaitable(std::move(hop));
                CHECK(there != here);
                CHECK(std::this_thread::get_id() == here);
            };
            run(body());
            for (std::thread& thread : threads) thread.join();
        }
    }

    TEST_CASE("a future that another thread fulfils is awaited like any other thing") {
        std::promise<std::string> promise;
        std::thread other;
        auto body = [&]() -> Task<> {
            other = std::thread([&] { promise.set_value("from the other thread"); });
            auto text = co_await from_future(promise.get_future());
            CHECK(text == "from the other thread");
        };
        run(body());
        other.join();
    }

    TEST_CASE("a cancelled await of a future ends at once, and its result is dropped") {
        std::promise<int> promise;
        bool late = false;
        auto body = [&]() -> Task<> {
            auto outcome = co_await attempt(timeout(1ms, from_future(promise.get_future())));
            CHECK(outcome.failure().check<TimeoutError>());
            late = true;
            promise.set_value(1); // the reactor's end waits for the thread
        };
        run(body());
        CHECK(late);
    }

    TEST_CASE("another thread waits for a Deferred by its future") {
        std::string seen;
        std::thread waiter;
        auto body = [&]() -> Task<> {
            Deferred<std::string> letter;
            DeferredSource<std::string> source = letter.source();
            auto future = as_future(std::move(letter));
            waiter = std::thread([&, future = std::move(future)]() mutable { seen = future.get(); });
            source.callback("from the reactor");
            co_return;
        };
        run(body());
        waiter.join();
        CHECK(seen == "from the reactor");
    }
}
