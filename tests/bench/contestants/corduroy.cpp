#include "bench/contestants/contestant.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/lock.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace corduroy;

namespace {

Task<long> leaf(long value) { co_return value + 1; }

Task<> call_all(long count) {
    long value = 0;
    for (long i = 0; i < count; ++i) value = co_await leaf(value);
    if (value != count) bench::wrong("call");
}

Task<> yield_all(long count) {
    for (long i = 0; i < count; ++i) co_await yield_now();
}

Task<> add_to(long& sum, long value) {
    sum += value;
    co_return;
}

Task<> spawn_all(long count) {
    long sum = 0;
    auto body = [&](TaskGroup& group) -> Task<> {
        for (long i = 0; i < count; ++i) group.spawn(add_to(sum, 1));
        co_return;
    };
    co_await with_task_group(body);
    if (sum != count) bench::wrong("spawn");
}

Task<> spawn_by_parts(long count) {
    for (long i = 0; i < count; i += bench::spawned_at_a_time) co_await spawn_all(bench::spawned_at_a_time);
}

Task<> gather_all(long count) {
    for (long done = 0; done < count; done += bench::gathered) {
        std::vector<Task<long>> tasks;
        tasks.reserve(bench::gathered);
        for (long i = 0; i < bench::gathered; ++i) tasks.push_back(leaf(i));
        std::vector<long> values = co_await gather(std::move(tasks));
        if (values.back() != bench::gathered) bench::wrong("gather");
    }
}

Task<> take_turns(Lock& lock, long& left) {
    Lock::Guard guard = co_await lock.acquire();
    co_await yield_now(); // so that the other one stands in line
    while (left-- > 0) {
        guard.release();
        guard = co_await lock.acquire();
    }
}

Task<> lock_all(long count) {
    Lock lock;
    co_await gather(take_turns(lock, count), take_turns(lock, count));
}

Task<> put_all(Queue<long>& queue, long count) {
    for (long i = 0; i < count; ++i) co_await queue.put(i);
    queue.close();
}

Task<long> get_all(Queue<long>& queue) {
    long got = 0;
    while (true) {
        std::optional<long> item = co_await queue.get();
        if (!item) co_return got;
        ++got;
    }
}

Task<> queue_all(long count) {
    Queue<long> queue(1);
    auto [put, got] = co_await gather(put_all(queue, count), get_all(queue));
    if (got != count) bench::wrong("queue");
}

template <class Callback>
void chain_all(long count, Callback callback) {
    for (long done = 0; done < count; done += bench::chain_length) {
        Deferred<long> source;
        Deferred<long> chain = source.add_callback(callback);
        for (long i = 1; i < bench::chain_length; ++i) chain = std::move(chain).add_callback(callback);
        long result = 0;
        chain.add_callback([&](long value) { result = value; });
        source.callback(0);
        if (result != bench::chain_length) bench::wrong("step");
    }
}

// A reactor on a thread of its own, for as long as this lives.
class OtherReactor {
public:
    OtherReactor() : thread_([this] { serve(); }), reactor_(made_.get_future().get()) {}
    OtherReactor(const OtherReactor&) = delete;
    OtherReactor& operator=(const OtherReactor&) = delete;
    ~OtherReactor() {
        reactor_->call_from_thread([this] { reactor_->stop(); });
        thread_.join();
    }
    Reactor* operator->() noexcept { return reactor_; }

private:
    void serve() {
        Reactor reactor;
        made_.set_value(&reactor);
        reactor.run();
    }

    std::promise<Reactor*> made_;
    std::thread thread_;
    Reactor* reactor_;
};

void round_trips(long count) {
    Reactor here;
    OtherReactor there;
    long left = count;
    UniqueFunction<void()> back;
    auto go = [&] { there->call_from_thread([&] { here.call_from_thread([&] { back(); }); }); };
    back = [&] {
        if (--left == 0)
            here.stop();
        else
            go();
    };
    go();
    here.run();
}

void post_from(int threads, long count) {
    Reactor reactor;
    long got = 0;
    std::vector<std::thread> posters;
    for (int i = 0; i < threads; ++i) {
        posters.emplace_back([&] {
            for (long n = 0; n < count / threads; ++n) {
                reactor.call_from_thread([&] {
                    if (++got == count) reactor.stop();
                });
            }
        });
    }
    reactor.run();
    for (std::thread& poster : posters) poster.join();
}

} // namespace

const bench::Contestant bench::corduroy = {
    .name = "Corduroy",
    .call = [](long count) { run(call_all(count)); },
    .yield = [](long count) { run(yield_all(count)); },
    .spawn = [](long count) { run(spawn_by_parts(count)); },
    .spawn_all = [](long count) { run(::spawn_all(count)); },
    .gather = [](long count) { run(gather_all(count)); },
    .lock = [](long count) { run(lock_all(count)); },
    .queue = [](long count) { run(queue_all(count)); },
    .step = [](long count) { chain_all(count, [](long value) { return value + 1; }); },
    .inner_step = [](long count) { chain_all(count, [](long value) { return succeed(value + 1); }); },
    .round_trip = &round_trips,
    .post_one = [](long count) { post_from(1, count); },
    .post_four = [](long count) { post_from(4, count); },
};
