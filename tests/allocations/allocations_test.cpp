// No allocation per operation and per timer once warm (law 6).

#include "allocations/allocations.hpp"

#include <corduroy/async/adapt/from_awaitable.hpp>
#include <corduroy/async/adapt/from_callback.hpp>
#include <corduroy/async/combine/first_completed.hpp>
#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/combine/keyed_rate_limiter.hpp>
#include <corduroy/async/combine/race.hpp>
#include <corduroy/async/combine/rate_limiter.hpp>
#include <corduroy/async/combine/retry.hpp>
#include <corduroy/async/combine/settle.hpp>
#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/deferred/shared_deferred.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/perform.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/barrier.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/sync/channel.hpp>
#include <corduroy/async/sync/event.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/sync/semaphore.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/http/client.hpp>
#include <corduroy/http/server.hpp>
#include <corduroy/net/listener.hpp>
#include <corduroy/net/stream.hpp>

#include <doctest/doctest.h>

#include <coroutine>
#include <iterator>
#include <ranges>
#include <string>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

constexpr int warm_up = 100;
constexpr int repetitions = 1000;

// How many allocations each run of `body` costs once it has run a few times.
template <class Body>
Task<double> allocations_each(Body body, int warming_up = warm_up, int times = repetitions) {
    for (int i = 0; i < warming_up; ++i) co_await body();
    std::size_t before = allocations_so_far();
    for (int i = 0; i < times; ++i) co_await body();
    co_return static_cast<double>(allocations_so_far() - before) / times;
}

Task<> nothing() { co_return; }

AsyncGenerator<int> count() {
    for (int i = 0;; ++i) {
        if (i % 2 == 0) co_await yield_now();
        co_yield i;
    }
}

// A server that answers whatever comes in one piece, and allocates nothing.
Task<> answer_alike(net::Listener& listener) {
    net::Stream stream = co_await listener.accept();
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n";
    answer.append(1024, 'x');
    for (;;) {
        bool ended = (co_await stream.bytes().receive()).bytes().empty();
        if (ended) co_return;
        stream.write_copy_soon(answer);
    }
}

// More than a std::string has room for without memory of its own.
Task<> say_something(net::Stream& to, net::Stream& from) {
    to.write_copy_soon("something to say that is not all too short");
    bool heard = !(co_await from.bytes().receive()).bytes().empty();
    CHECK(heard);
}

Task<http::Response> hello(http::Request&) { co_return http::Response(200, std::string(1024, 'x')); }

} // namespace

TEST_SUITE("allocations" * doctest::skip(!frames_are_pooled)) {
    TEST_CASE("a sleep of no length allocates nothing") {
        auto body = []() -> Task<> { co_await sleep(0s); };
        CHECK(run(allocations_each(body)) == 0);
    }

    TEST_CASE("an awaited operation allocates nothing") {
        auto body = []() -> Task<> {
            kernel::Description what;
            kernel::Completion done = co_await perform(what);
            CHECK(done.result == 0);
        };
        CHECK(run(allocations_each(body)) == 0);
    }

    TEST_CASE("a timer that fires and one that is cancelled allocate nothing") {
        auto fires = []() -> Task<> { co_await sleep(1us); };
        CHECK(run(allocations_each(fires)) == 0);
        auto cancelled = []() -> Task<> { co_await timeout(1h, nothing()); };
        CHECK(run(allocations_each(cancelled)) == 0);
    }

    TEST_CASE("call_later allocates nothing for a small callable") {
        auto body = []() -> Task<> {
            DelayedCall call = Reactor::current().call_later(1h, [] {});
            call.cancel();
            co_return;
        };
        CHECK(run(allocations_each(body)) == 0);
    }

    TEST_CASE("an item of a generator allocates nothing") {
        auto body = []() -> Task<double> {
            AsyncGenerator<int> numbers = count();
            auto ask = [&]() -> Task<> { co_await numbers.next(); };
            co_return co_await allocations_each(ask);
        };
        CHECK(run(body()) == 0);
    }

    TEST_CASE("waiting at a lock, a semaphore, an event, a barrier, a queue or a channel allocates nothing") {
        auto body = []() -> Task<double> {
            Lock lock;
            Semaphore semaphore(1);
            CapacityLimiter limiter(1);
            Event event;
            Barrier barrier(2);
            Queue<int> queue(1);
            Channel<int> channel;
            auto one = [&]() -> Task<> {
                auto guard = co_await lock.acquire();
                auto token = co_await semaphore.acquire();
                auto borrowed = co_await limiter.acquire();
                co_await yield_now(); // the other one waits for each in turn
                guard.release();
                co_await yield_now();
                token.release();
                co_await yield_now();
                borrowed.release();
                co_await barrier.wait();
                for (int i = 0; i < 3; ++i) co_await queue.put(i);
                co_await channel.sender.send(1);
                co_await yield_now();
                event.set();
                event.clear();
            };
            auto other = [&]() -> Task<> {
                auto guard = co_await lock.acquire();
                auto token = co_await semaphore.acquire();
                auto borrowed = co_await limiter.acquire();
                co_await barrier.wait();
                for (int i = 0; i < 3; ++i) static_cast<void>(co_await queue.get());
                static_cast<void>(co_await channel.receiver.receive());
                co_await event.wait();
            };
            auto both = [&]() -> Task<> { co_await gather(one(), other()); };
            co_return co_await allocations_each(both);
        };
        CHECK(run(body()) == 0);
    }

    TEST_CASE("what is gathered, raced or bounded in time allocates nothing beyond its frames, if it is no range") {
        auto body = []() -> Task<> {
            co_await gather(sleep(0s), nothing(), yield_now());
            co_await timeout(1h, sleep(0s));
            auto [one, two] = co_await settle(nothing(), sleep(0s)).within(1h);
            CHECK(one);
            CHECK(two);
        };
        CHECK(run(allocations_each(body)) == 0);
        auto races = []() -> Task<> {
            co_await race(sleep(0s));
            co_await first_completed(nothing());
        };
        // For each its list of contestants, and the reason that losers would be told; a loser's Cancelled comes on top.
        CHECK(run(allocations_each(races)) <= 6);
    }

    TEST_CASE("a gathered range allocates a list of its Tasks and one of their values, and beyond the frames no more") {
        auto give = [](int value) -> Task<int> {
            co_await yield_now();
            co_return value;
        };
        auto sleep_shortly = [](int) { return yield_now(); };
        int size = 1'000; // whose frames are kept for the next time
        auto values = [&]() -> Task<> {
            auto all = co_await gather(std::views::iota(0, size) | std::views::transform(give));
            CHECK(std::ssize(all) == size);
        };
        auto sleeps = [&]() -> Task<> {
            co_await gather(std::views::iota(0, size) | std::views::transform(sleep_shortly));
        };
        auto in_turn = [&]() -> Task<> {
            auto all = co_await gather(std::views::iota(0, size) | std::views::transform(give), 100);
            CHECK(std::ssize(all) == size);
        };
        CHECK(run(allocations_each(values, 1, 5)) == 2);
        CHECK(run(allocations_each(sleeps, 1, 5)) == 1);
        CHECK(run(allocations_each(in_turn, 1, 5)) == 3); // the workers, what has come so far, the values

        size = 10'000;
        double beyond_the_pool = run(allocations_each(values, 1, 5));
        MESSAGE("allocations of a gather of 10,000, with its frames: " << beyond_the_pool);
        CHECK(beyond_the_pool <= 2 + 10'000);
        CHECK(run(allocations_each(in_turn, 1, 5)) == 3);
    }

    TEST_CASE("a rate limiter allocates nothing, whether one waits or not; a key that is remembered neither") {
        RateLimiter limiter(1'000'000, 1s, 1);
        auto body = [&]() -> Task<> { co_await limiter.acquire(); };
        CHECK(run(allocations_each(body)) == 0);
        KeyedRateLimiter<int> keyed(1'000'000, 1s, 1'000'000);
        auto by_key = [&]() -> Task<> { co_await keyed.acquire(7); };
        CHECK(run(allocations_each(by_key)) < 0.01);
    }

    TEST_CASE("a retry that succeeds at once allocates nothing") {
        const RetryPolicy policy = RetryPolicy().attempts(5).within(1h);
        auto body = [&]() -> Task<> { co_await retry(policy, nothing); };
        CHECK(run(allocations_each(body)) == 0);
    }

    TEST_CASE("a Deferred and its chain of callbacks allocate nothing, nor do time-outs, forwarding and sharing") {
        auto chain = []() -> Task<> {
            Deferred<int> source, target;
            SharedDeferred<int> shared(target);
            Deferred<int> one = shared.add_callback([](int n) { return n + 1; });
            source.add_callback([](int n) { return succeed(n + 1); }).add_timeout(1s).forward_to(target);
            source.callback(1);
            int first = co_await one;
            int second = co_await shared;
            CHECK(first + second == 5);
        };
        CHECK(run(allocations_each(chain)) == 0);
    }

    TEST_CASE("a Task behind a Deferred allocates nothing, nor do the awaits of C callbacks and foreign awaitables") {
        auto body = []() -> Task<> {
            co_await ensure_deferred(nothing());
            auto call = [](void (*done)(void*), void* context) { done(context); };
            co_await from_callback(call);
            co_await from_awaitable(std::suspend_never());
        };
        CHECK(run(allocations_each(body)) == 0);
    }

    TEST_CASE("a connection's messages all go out of the memory of its first one") {
        auto body = []() -> Task<> {
            std::size_t for_one = 0, for_more = 0;
            for (int i = 0; i < warm_up; ++i) {
                auto [here, there] = net::stream_pair();
                std::size_t before = allocations_so_far();
                co_await say_something(here, there);
                std::size_t after_one = allocations_so_far();
                for (int more = 0; more < 3; ++more) co_await say_something(here, there);
                for_one = after_one - before;
                for_more = allocations_so_far() - after_one;
            }
            CHECK(for_one == 1);
            CHECK(for_more == 0);
        };
        run(body());
    }

    TEST_CASE("a keep-alive GET of 1 KiB costs a stated number of allocations, client and server together") {
        auto body = []() -> Task<> {
            http::Server server = co_await http::listen("127.0.0.1:0");
            std::string address = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
            const http::Url url = http::Url::parse(address);
            double each = 0;
            auto measure = [&]() -> Task<> {
                auto get = [&]() -> Task<> {
                    http::Response response = co_await http::get(url);
                    CHECK(response.bytes().size() == 1024);
                };
                each = co_await allocations_each(get);
                server.stop();
            };
            co_await gather(server.serve(hello), measure());
            MESSAGE("allocations per keep-alive GET, client and server: " << each);
            CHECK(each <= 6.5);
        };
        run(body());
    }

    TEST_CASE("a keep-alive GET of 1 KiB by the client allocates its body, beside the URL it is handed") {
        auto body = []() -> Task<> {
            net::Listener listener = co_await net::listen("127.0.0.1:0");
            const http::Url url = http::Url::parse("http://" + listener.address().to_string() + "/");
            double each = 0;
            auto measure = [&]() -> Task<> {
                http::Client client;
                auto get = [&]() -> Task<> {
                    http::Response response = co_await client.get(url);
                    CHECK(response.bytes().size() == 1024);
                };
                each = co_await allocations_each(get);
            };
            co_await gather(answer_alike(listener), measure());
            CHECK(each == 2);
        };
        run(body());
    }
}
