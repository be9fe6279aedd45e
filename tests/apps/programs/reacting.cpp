// What tests/apps/react.py looks at: a main that fails, one that gives a status, one that waits and cleans up, one
// whose loop is stuck.

#include <corduroy/corduroy.hpp>

#include <cstdio>
#include <stdexcept>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

void say(const char* text) {
    std::puts(text);
    std::fflush(stdout);
}

Task<> fail_inside() {
    co_await sleep(1ms);
    throw std::runtime_error("nothing works");
}

Task<> fail_outside() { co_await fail_inside(); }

Task<> clean_up() {
    co_await sleep(1ms);
    say("cleaned up");
}

Task<> wait_and_clean_up() {
    bool cancelled = false;
    say("waiting");
    try {
        co_await sleep(1h);
    } catch (const Cancelled&) {
        cancelled = true;
    }
    co_await shield(clean_up());
    if (cancelled) co_await yield_now(); // raises again
}

Task<> exit_with(Exit exit) {
    co_await sleep(1ms);
    try {
        throw exit;
    } catch (const std::exception&) {
        say("eaten");
    }
}

Task<> stop_and_wait() {
    auto triggered = [] { say("triggered"); };
    add_shutdown_trigger(ShutdownPhase::after, triggered);
    Reactor::current().call_later(1ms, [] { Reactor::current().stop(); });
    co_await wait_and_clean_up();
}

Task<int> run_program(std::vector<std::string> arguments) {
    std::string what = arguments.empty() ? "status" : arguments[0];
    if (what == "fail") co_await fail_outside();
    if (what == "wait") co_await wait_and_clean_up();
    if (what == "stuck") {
        say("waiting");
        for (volatile bool for_ever = true; for_ever;) {
        }
    }
    if (what == "exit") co_await exit_with(Exit(3));
    if (what == "exit-message") co_await exit_with(Exit("usage: reacting HOW"));
    if (what == "stop") co_await stop_and_wait();
    co_return 7;
}

} // namespace

int main(int argc, char** argv) { return react(run_program, argc, argv); }
