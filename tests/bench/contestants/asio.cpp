// Boost.Asio, with the settings that make it fastest: the executor's own type, and no locks where one thread is enough.

#include "bench/contestants/contestant.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

using Executor = asio::io_context::executor_type;
template <class T = void>
using Awaitable = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> use_awaitable;

// One thread, no locks.
class Context : public asio::io_context {
public:
    Context() : asio::io_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE) {}
};

Awaitable<long> leaf(long value) { co_return value + 1; }

Awaitable<> call_all(long count) {
    long value = 0;
    for (long i = 0; i < count; ++i) value = co_await leaf(value);
    if (value != count) bench::wrong("call");
}

Awaitable<> yield_all(Executor executor, long count) {
    for (long i = 0; i < count; ++i) co_await asio::post(executor, use_awaitable);
}

Awaitable<> add_to(long& sum, long value) {
    sum += value;
    co_return;
}

// There is no group: the context is what joins.
void spawn_by_parts(long count, long part) {
    Context context;
    for (long done = 0; done < count; done += part) {
        long sum = 0;
        for (long i = 0; i < part; ++i) asio::co_spawn(context, add_to(sum, 1), asio::detached);
        context.restart();
        context.run();
        if (sum != part) bench::wrong("spawn");
    }
}

Awaitable<> gather_all(Executor executor, long count) {
    using Operation = decltype(asio::co_spawn(executor, leaf(0), asio::deferred));
    for (long done = 0; done < count; done += bench::gathered) {
        std::vector<Operation> operations;
        operations.reserve(bench::gathered);
        for (long i = 0; i < bench::gathered; ++i)
            operations.push_back(asio::co_spawn(executor, leaf(i), asio::deferred));
        auto group = asio::experimental::make_parallel_group(std::move(operations));
        auto [order, failures, values] = co_await group.async_wait(asio::experimental::wait_for_all(), use_awaitable);
        if (values.back() != bench::gathered) bench::wrong("gather");
    }
}

// A channel with room for one does for a lock: there is none.
template <class... Item>
using Channel = asio::experimental::channel<Executor, void(boost::system::error_code, Item...)>;

Awaitable<> take_turns(Executor executor, Channel<>& lock, long& left) {
    co_await lock.async_receive(use_awaitable);
    co_await asio::post(executor, use_awaitable); // so that the other one stands in line
    while (left-- > 0) {
        lock.try_send(boost::system::error_code());
        co_await lock.async_receive(use_awaitable);
    }
    lock.try_send(boost::system::error_code());
}

void lock_all(long count) {
    Context context;
    Channel<> lock(context, 1);
    lock.try_send(boost::system::error_code());
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(context, take_turns(context.get_executor(), lock, count), asio::detached);
    context.run();
    if (count > 0) bench::wrong("lock");
}

Awaitable<> put_all(Channel<long>& queue, long count) {
    for (long i = 0; i < count; ++i) co_await queue.async_send(boost::system::error_code(), i, use_awaitable);
}

Awaitable<> get_all(Channel<long>& queue, long count, long& got) {
    for (; got < count; ++got) co_await queue.async_receive(use_awaitable);
}

void queue_all(long count) {
    Context context;
    Channel<long> queue(context, 1);
    long got = 0;
    asio::co_spawn(context, put_all(queue, count), asio::detached);
    asio::co_spawn(context, get_all(queue, count, got), asio::detached);
    context.run();
    if (got != count) bench::wrong("queue");
}

template <class Start>
void run(Start start) {
    Context context;
    asio::co_spawn(context, start(context.get_executor()), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    context.run();
}

// One that other threads post to. It waits in epoll, as one does that has sockets: without its timer it would know of
// no descriptors and wait for a condition variable.
class OpenContext : public asio::io_context {
public:
    OpenContext() : asio::io_context(1) {
        timer_.expires_after(std::chrono::hours(1));
        timer_.async_wait([](boost::system::error_code) {});
    }
    void close() { timer_.cancel(); }

private:
    asio::steady_timer timer_{*this};
};

void round_trips(long count) {
    OpenContext here;
    OpenContext there;
    std::thread other([&] { there.run(); });
    long left = count;
    std::function<void()> back;
    auto go = [&] { asio::post(there, [&] { asio::post(here, [&] { back(); }); }); };
    back = [&] {
        if (--left == 0)
            here.close();
        else
            go();
    };
    go();
    here.run();
    asio::post(there, [&] { there.close(); });
    other.join();
}

void post_from(int threads, long count) {
    OpenContext context;
    long got = 0;
    std::vector<std::thread> posters;
    for (int i = 0; i < threads; ++i) {
        posters.emplace_back([&] {
            for (long n = 0; n < count / threads; ++n) {
                asio::post(context, [&] {
                    if (++got == count) context.close();
                });
            }
        });
    }
    context.run();
    for (std::thread& poster : posters) poster.join();
}

} // namespace

const bench::Contestant bench::asio = {
    .name = "Boost.Asio",
    .call = [](long count) { run([count](Executor) { return call_all(count); }); },
    .yield = [](long count) { run([count](Executor executor) { return yield_all(executor, count); }); },
    .spawn = [](long count) { spawn_by_parts(count, spawned_at_a_time); },
    .spawn_all = [](long count) { spawn_by_parts(count, count); },
    .gather = [](long count) { run([count](Executor executor) { return gather_all(executor, count); }); },
    .lock = &lock_all,
    .queue = &queue_all,
    .round_trip = &round_trips,
    .post_one = [](long count) { post_from(1, count); },
    .post_four = [](long count) { post_from(4, count); },
};
