// KJ, the asynchronous core of Cap'n Proto. Its Promises are what our Deferreds are; its coroutines came after the
// version that Debian 12 has.

#include "bench/contestants/contestant.hpp"

#include <kj/async-io.h>
#include <kj/async-queue.h>
#include <kj/async.h>

#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace {

void need(bool right, const char* what) {
    if (!right) bench::wrong(what);
}

class Tasks : private kj::TaskSet::ErrorHandler {
public:
    kj::TaskSet set{*this};

private:
    void taskFailed(kj::Exception&&) override { bench::wrong("spawn"); }
};

kj::Promise<void> yield_times(long count) {
    if (count == 0) return kj::READY_NOW;
    return kj::evalLater([count] { return yield_times(count - 1); });
}

void yield_all(long count) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    yield_times(count).wait(scope);
}

void spawn_by_parts(long count, long part) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    for (long done = 0; done < count; done += part) {
        long sum = 0;
        Tasks tasks;
        for (long i = 0; i < part; ++i) tasks.set.add(kj::evalLater([&sum] { sum += 1; }));
        tasks.set.onEmpty().wait(scope);
        need(sum == part, "spawn");
    }
}

void gather_all(long count) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    for (long done = 0; done < count; done += bench::gathered) {
        auto promises = kj::heapArrayBuilder<kj::Promise<long>>(bench::gathered);
        for (long i = 0; i < bench::gathered; ++i) promises.add(kj::evalLater([i] { return i + 1; }));
        kj::Array<long> values = kj::joinPromises(promises.finish()).wait(scope);
        need(values.back() == bench::gathered, "gather");
    }
}

// There is no lock: a queue of one token does for it.
using Tokens = kj::ProducerConsumerQueue<long>;

kj::Promise<void> take_turns(Tokens& lock, long& left) {
    lock.push(0);
    if (left-- <= 0) return kj::READY_NOW;
    return lock.pop().then([&](long) { return take_turns(lock, left); });
}

void lock_all(long count) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    Tokens lock;
    lock.push(0);
    auto start = [&] { // and then the other one stands in line
        return lock.pop().then([&](long) { return kj::evalLater([&] { return take_turns(lock, count); }); });
    };
    auto both = kj::heapArrayBuilder<kj::Promise<void>>(2);
    both.add(start());
    both.add(start());
    kj::joinPromises(both.finish()).wait(scope);
    need(count <= 0, "lock");
}

// Its queue has no bound: another one holds the room that is left.
kj::Promise<void> put_all(Tokens& queue, Tokens& room, long left) {
    if (left == 0) return kj::READY_NOW;
    return room.pop().then([&queue, &room, left](long) {
        queue.push(left);
        return put_all(queue, room, left - 1);
    });
}

kj::Promise<void> get_all(Tokens& queue, Tokens& room, long left) {
    if (left == 0) return kj::READY_NOW;
    return queue.pop().then([&queue, &room, left](long) {
        room.push(0);
        return get_all(queue, room, left - 1);
    });
}

void queue_all(long count) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    Tokens queue;
    Tokens room;
    room.push(0);
    auto both = kj::heapArrayBuilder<kj::Promise<void>>(2);
    both.add(put_all(queue, room, count));
    both.add(get_all(queue, room, count));
    kj::joinPromises(both.finish()).wait(scope);
}

template <class Callback>
void chain_all(long count, Callback callback) {
    kj::EventLoop loop;
    kj::WaitScope scope(loop);
    for (long done = 0; done < count; done += bench::chain_length) {
        auto source = kj::newPromiseAndFulfiller<long>();
        kj::Promise<long> chain = kj::mv(source.promise);
        for (long i = 0; i < bench::chain_length; ++i) chain = chain.then(callback);
        source.fulfiller->fulfill(0);
        need(chain.wait(scope) == bench::chain_length, "step");
    }
}

// A loop on a thread of its own, which waits in epoll as one does that has sockets, for as long as this lives.
class OtherLoop {
public:
    OtherLoop() : thread_([this] { serve(); }), executor_(made_.get_future().get()) {}
    OtherLoop(const OtherLoop&) = delete;
    OtherLoop& operator=(const OtherLoop&) = delete;
    ~OtherLoop() {
        executor_->executeSync([this] { stop_->fulfill(); });
        thread_.join();
    }
    const kj::Executor& executor() const { return *executor_; }

private:
    void serve() {
        auto io = kj::setupAsyncIo();
        auto stopped = kj::newPromiseAndFulfiller<void>();
        stop_ = kj::mv(stopped.fulfiller);
        made_.set_value(&kj::getCurrentThreadExecutor());
        stopped.promise.wait(io.waitScope);
    }

    std::promise<const kj::Executor*> made_;
    kj::Own<kj::PromiseFulfiller<void>> stop_;
    std::thread thread_;
    const kj::Executor* executor_;
};

void round_trips(long count) {
    auto io = kj::setupAsyncIo();
    OtherLoop there;
    for (long i = 0; i < count; ++i) there.executor().executeAsync([] {}).wait(io.waitScope);
}

// A call that nobody waits for is cancelled, so each poster waits for those that it has posted, 1,000 at a time.
void post_from(int threads, long count) {
    OtherLoop there;
    long got = 0;
    std::vector<std::thread> posters;
    for (int i = 0; i < threads; ++i) {
        posters.emplace_back([&] {
            auto io = kj::setupAsyncIo();
            constexpr long part = 1'000;
            for (long n = 0; n < count / threads; n += part) {
                auto posted = kj::heapArrayBuilder<kj::Promise<void>>(part);
                for (long m = 0; m < part; ++m) posted.add(there.executor().executeAsync([&got] { ++got; }));
                kj::joinPromises(posted.finish()).wait(io.waitScope);
            }
        });
    }
    for (std::thread& poster : posters) poster.join();
    need(got == count, "post");
}

} // namespace

const bench::Contestant bench::kj = {
    .name = "KJ",
    .yield = &yield_all,
    .spawn = [](long count) { spawn_by_parts(count, spawned_at_a_time); },
    .spawn_all = [](long count) { spawn_by_parts(count, count); },
    .gather = &gather_all,
    .lock = &lock_all,
    .queue = &queue_all,
    .step = [](long count) { chain_all(count, [](long value) { return value + 1; }); },
    .inner_step = [](long count) { chain_all(count, [](long value) { return ::kj::Promise<long>(value + 1); }); },
    .round_trip = &round_trips,
    .post_one = [](long count) { post_from(1, count); },
    .post_four = [](long count) { post_from(4, count); },
};
