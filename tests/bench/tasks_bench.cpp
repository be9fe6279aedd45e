// What a Task costs: create, await and return, beside Boost.Asio's awaitable doing the same, where Boost is there.

#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#if __has_include(<boost/asio/awaitable.hpp>)
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#endif
#ifdef BOOST_ASIO_HAS_CO_AWAIT // an older Asio knows coroutines, but not C++20's
#define HAVE_ASIO 1
#else
#define HAVE_ASIO 0
#endif

namespace {

constexpr int rounds = 9;
constexpr long calls = 5'000'000;

corduroy::Task<long> task_leaf(long value) { co_return value + 1; }

corduroy::Task<> task_loop() {
    long value = 0;
    for (long i = 0; i < calls; ++i) value = co_await task_leaf(value);
    if (value != calls) std::printf("wrong\n");
}

corduroy::Task<> yields() {
    for (long i = 0; i < calls; ++i) co_await corduroy::yield_now();
}

void corduroy_tasks() { corduroy::run(task_loop()); }
void corduroy_yields() { corduroy::run(yields()); }

#if HAVE_ASIO
boost::asio::awaitable<long> asio_leaf(long value) { co_return value + 1; }

boost::asio::awaitable<void> asio_loop() {
    long value = 0;
    for (long i = 0; i < calls; ++i) value = co_await asio_leaf(value);
    if (value != calls) std::printf("wrong\n");
}

void asio_tasks() {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, asio_loop(), boost::asio::detached);
    context.run();
}
#endif

double nanoseconds(void (*run)()) {
    std::clock_t from = std::clock(); // the processor's time: others may be at work on this machine
    run();
    return static_cast<double>(std::clock() - from) * (1e9 / CLOCKS_PER_SEC) / calls;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main() {
    std::vector<double> ours;
    std::vector<double> yielding;
    std::vector<double> asio;
    std::vector<double> ratio;
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(nanoseconds(corduroy_tasks));
        yielding.push_back(nanoseconds(corduroy_yields));
#if HAVE_ASIO
        asio.push_back(nanoseconds(asio_tasks));
        ratio.push_back(ours.back() / asio.back());
#endif
    }
    std::printf("Task create+await+return              %6.1f ns\n", median(ours));
    std::printf("yield_now                             %6.1f ns\n", median(yielding));
    if (!asio.empty()) {
        std::printf("Boost.Asio awaitable, the same        %6.1f ns\n", median(asio));
        std::printf("Task beside Boost.Asio                %6.2f (bound: 0.60)\n", median(ratio));
    }
}
