// A program that hangs in the way that its first argument names: for tests/apps/hanging.py, and for trying a debugger
// on.

#include <corduroy/corduroy.hpp>

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
    if (how == "threads") co_await waits_in_threads();
}

} // namespace

int main(int argc, char** argv) {
    if (pipe(pipe_ends) != 0) return 2;
    return react(run_program, argc, argv);
}
