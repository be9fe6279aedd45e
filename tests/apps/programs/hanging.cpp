// A program that hangs in the way that its first argument names: for tests/apps/hanging.py, and for trying a debugger
// on.

#include <corduroy/corduroy.hpp>
#include <corduroy/net.hpp>

#include <coroutine>
#include <cstdio>
#include <thread>
#include <unistd.h>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

int pipe_ends[2];
volatile bool spinning = true;

void say(const char* text) {
    std::puts(text);
    std::fflush(stdout);
}

Task<> answer_comes() { co_await readable(pipe_ends[0]); }

Task<> ask() { co_await answer_comes(); }

Task<> pause() { co_await sleep(1h); }

Task<> refresh() { co_await sleep(2h); }

Task<> spin() {
    co_await sleep(2ms);
    say("spinning");
    while (spinning) {
    }
}

Task<> waits() {
    auto in_the_background = ensure_deferred(refresh());
    co_await with_task_group([](TaskGroup& group) -> Task<> {
        group.spawn(ask());
        co_await sleep(1ms);
        say("waiting");
    });
}

// Awaiters of a program's own, that never go on by themselves.
struct Worded : std::suspend_always {
    static constexpr const char* wait_words = "an awaiter of its own";
};
struct Stranger : std::suspend_always {};

// One Task for each kind of wait.
Task<> waits_in_many_ways() {
    Lock lock;
    Queue<int> empty(1);
    Queue<int> full(1);
    Event event;
    Semaphore semaphore(1);
    Deferred<int> deferred;
    SharedDeferred<int> shared(deferred);
    auto guard = co_await lock.acquire();
    auto token = co_await semaphore.acquire();
    co_await full.put(1);
    auto [here, there] = net::stream_pair();
    net::Listener listener = co_await net::listen("127.0.0.1:0");
    co_await with_task_group([&](TaskGroup& group) -> Task<> {
        group.spawn([&]() -> Task<> { auto second = co_await lock.acquire(); });
        group.spawn([&]() -> Task<> { co_await empty.get(); });
        group.spawn([&]() -> Task<> { co_await full.put(2); });
        group.spawn([&]() -> Task<> { co_await event.wait(); });
        group.spawn([&]() -> Task<> { co_await shared; });
        group.spawn([&]() -> Task<> { auto second = co_await semaphore.acquire(); });
        group.spawn([&]() -> Task<> { co_await gather(pause(), pause()); });
        group.spawn([&]() -> Task<> { co_await run_in_thread([] { ::pause(); }); });
        group.spawn([&]() -> Task<> { auto line = co_await here.read_line(); });
        group.spawn([&]() -> Task<> { auto stream = co_await listener.accept(); });
        group.spawn([&]() -> Task<> { co_await Worded(); });
        group.spawn([&]() -> Task<> { co_await Stranger(); });
        co_await sleep(1ms);
        say("waiting");
    });
}

// A reactor in each of two threads.
Task<> waits_in_threads() {
    std::jthread other([] { run(ask()); });
    co_await sleep(50ms);
    say("waiting");
    co_await pause();
}

Task<> run_program(std::vector<std::string> arguments) {
    std::string how = arguments.at(0);
    if (how == "wait") co_await waits();
    if (how == "spin") co_await gather(pause(), spin());
    if (how == "words") co_await waits_in_many_ways();
    if (how == "threads") co_await waits_in_threads();
}

} // namespace

int main(int argc, char** argv) {
    if (pipe(pipe_ends) != 0) return 2;
    return react(run_program, argc, argv);
}
