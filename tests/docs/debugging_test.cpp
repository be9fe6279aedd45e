// The code of docs/debugging.md, compiled and run.

#include <corduroy/corduroy.hpp>
#include <corduroy/testing.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

sim::World* world = nullptr;

// A task that computes too long.
Task<> serve() {
    co_await sleep(1ms);
    world->spend(60ms);
    co_await sleep(1ms);
}

Task<> serve_all() { co_await gather(serve(), sleep(1s)); }

Task<> watch_out() {
    Reactor::current().set_slow_step(50ms);
    co_await serve_all();
}

void listen_to(Reactor& reactor, std::vector<std::string>& lines) {
    reactor.on_log(LogLevel::info, [&lines](const LogRecord& record) {
        lines.push_back(std::string(record.topic) + ": " + std::string(record.text));
    });
}

class BusyTasks : public Instrument {
public:
    void before_task_step(const TaskView& task) override { ++steps[task.number()]; }

    std::map<std::uint32_t, int> steps; // of each task
};

Task<> count_steps(BusyTasks& busy) {
    Reactor::current().add_instrument(busy);
    co_await serve_all();
    Reactor::current().remove_instrument(busy);
}

} // namespace

TEST_CASE("docs/debugging.md: a slow step is told of by the log") {
    std::vector<std::string> lines;
    sim::run([&](sim::World& here) -> Task<> {
        world = &here;
        listen_to(here.reactor(), lines);
        co_await watch_out();
    });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("reactor: task 2 (joined) held the loop for 60 ms, from its await at "));
}

TEST_CASE("docs/debugging.md: an instrument counts the steps of each task") {
    BusyTasks busy;
    sim::run([&](sim::World& here) -> Task<> {
        world = &here;
        co_await count_steps(busy);
    });
    CHECK(busy.steps[2] == 3);
    CHECK(busy.steps[3] == 2);
}
