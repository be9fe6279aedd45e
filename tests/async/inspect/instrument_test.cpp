#include <corduroy/reactor/instrument.hpp>

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/inspect/task_view.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/testing/run.hpp>

#include "support/run_test.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

// Notes all that happens to Tasks and calls, as "2 blocked".
class Notes : public Instrument {
public:
    void task_spawned(const TaskView& task) override { note(task, "spawned"); }
    void task_scheduled(const TaskView& task) override { note(task, "scheduled"); }
    void before_task_step(const TaskView& task) override {
        CHECK(task.state() == TaskState::running);
        note(task, "steps");
    }
    void task_blocked(const TaskView& task) override {
        CHECK(task.state() == TaskState::waiting);
        note(task, task.waits_for());
    }
    void task_exited(const TaskView& task) override {
        CHECK(task.state() == TaskState::ended);
        note(task, task.failure() ? "failed" : "exited");
    }
    void before_call(const CallView& call) override { text += std::string(call.kind) + "; "; }
    void after_call(const CallView&) override { text += "called; "; }
    void before_io_wait(std::optional<Duration> at_most) override {
        if (at_most && *at_most > 0s) waits.push_back(*at_most);
    }

    std::string text;
    std::vector<Duration> waits;

private:
    void note(const TaskView& task, const std::string& what) {
        text += std::to_string(task.number()) + " " + what + "; ";
    }
};

class Throwing : public Instrument {
public:
    void before_task_step(const TaskView&) override {
        ++calls;
        throw std::runtime_error("of the instrument");
    }
    int calls = 0;
};

// Removes itself, and another one, as soon as it is told.
class Leaving : public Instrument {
public:
    explicit Leaving(Instrument& other) : other_(other) {}
    void before_task_step(const TaskView&) override {
        ++calls;
        Reactor::current().remove_instrument(*this);
        Reactor::current().remove_instrument(other_);
    }
    int calls = 0;

private:
    Instrument& other_;
};

Task<> nap(Duration duration) { co_await sleep(duration); }

} // namespace

TEST_SUITE("instruments") {
    TEST_CASE("an instrument is told of the whole life of a task") {
        Notes notes;
        run_test([&]() -> Task<> {
            Reactor::current().add_instrument(notes);
            co_await gather(nap(5ms));
            Reactor::current().remove_instrument(notes);
        });
        // The step in which it was added had begun before.
        CHECK(notes.text == "2 spawned; 2 steps; 2 sleep until 5 ms from now; 2 scheduled; 2 steps; 2 exited; "
                            "1 scheduled; 1 steps; ");
        CHECK(notes.waits == std::vector<Duration>{5ms});
    }

    TEST_CASE("a task that fails, or is cancelled, exits with its failure") {
        auto fails = []() -> Task<> {
            co_await sleep(1ms);
            throw std::runtime_error("no");
        };
        Notes notes;
        run_test([&]() -> Task<> {
            Reactor::current().add_instrument(notes);
            try {
                co_await gather(fails(), nap(1h));
            } catch (const std::runtime_error&) {
            }
        });
        CHECK(notes.text.find("2 failed; 3 scheduled; 3 steps; 3 failed; ") != std::string::npos);
    }

    TEST_CASE("calls that belong to no task are told of too, with where they were asked for") {
        Notes notes;
        run_test([&]() -> Task<> {
            Reactor::current().add_instrument(notes);
            Reactor::current().call_later(1ms, [] {});
            Reactor::current().call_from_thread([] {});
            co_await sleep(2ms);
            notes.text += "END ";
        });
        CHECK(notes.text.find("posted by call_from_thread; called; scheduled by call_later; called; ") !=
              std::string::npos);
    }

    TEST_CASE("several instruments are told in the order in which they were added") {
        std::string order;
        class Named : public Instrument {
        public:
            Named(std::string& order, char name) : order_(order), name_(name) {}
            void before_task_step(const TaskView&) override { order_ += name_; }

        private:
            std::string& order_;
            char name_;
        };
        Named first(order, 'a');
        Named second(order, 'b');
        run_test([&]() -> Task<> {
            Reactor::current().add_instrument(first);
            Reactor::current().add_instrument(second);
            Reactor::current().add_instrument(first); // is there
            co_await sleep(1ms);
            Reactor::current().remove_instrument(first);
            co_await sleep(1ms);
        });
        CHECK(order == "abb");
    }

    TEST_CASE("an instrument that throws is removed and reported, and the others and the task go on") {
        Throwing throwing;
        Notes notes;
        std::vector<std::string> reports;
        run_test([&]() -> Task<> {
            Reactor& reactor = Reactor::current();
            reactor.on_unhandled([&](const Failure& failure, std::string_view context) {
                reports.push_back(failure.message() + " in " + std::string(context));
            });
            reactor.add_instrument(throwing);
            reactor.add_instrument(notes);
            co_await sleep(1ms);
            co_await sleep(1ms);
        });
        CHECK(throwing.calls == 1);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].find("of the instrument in an instrument, ") == 0);
        CHECK(reports[0].find("Throwing, which is removed") != std::string::npos);
        CHECK(notes.text.find("1 steps; 1 sleep until 1 ms from now; 1 scheduled; 1 steps; 1 exited; ") !=
              std::string::npos);
    }

    TEST_CASE("an instrument may remove itself and others while it is told") {
        Notes notes;
        Leaving leaving(notes);
        run_test([&]() -> Task<> {
            Reactor::current().add_instrument(leaving);
            Reactor::current().add_instrument(notes);
            co_await sleep(1ms);
            co_await sleep(1ms);
            CHECK(!Reactor::current().instrumented());
        });
        CHECK(leaving.calls == 1);
        CHECK(notes.text == "1 scheduled; ");
    }

    TEST_CASE("an instrument that is destroyed has left its reactor, and a reactor that is destroyed its instruments") {
        Notes outlives;
        {
            Reactor reactor(std::make_unique<sim::SimKernel>());
            reactor.add_instrument(outlives);
            {
                Notes passes;
                reactor.add_instrument(passes);
            }
            run(reactor, nap(1ms));
        }
        CHECK(outlives.text.find("1 spawned; 1 steps; ") == 0);
        Reactor next(std::make_unique<sim::SimKernel>());
        next.add_instrument(outlives);
        CHECK(next.instrumented());
    }
}
