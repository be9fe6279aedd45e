#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/generator/cooperative_task.hpp>
#include <corduroy/async/generator/item_source.hpp>
#include <corduroy/async/generator/with_pipeline.hpp>
#include <corduroy/async/sync/wait_queue.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/within.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_node.hpp>

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace corduroy {

// Shares the loop among long computations (Twisted's Cooperator). A computation is cut into short steps; between two it
// awaits `turn`, and then the others take theirs, one step each, round and round. When the steps of one turn of the
// loop have taken a slice of time together, which is looked at after each step, they wait until the loop has been
// around: so timers and sockets wait for a slice and a step at most, however many computations there are.
//
//     for (const Book& book : library) {
//         index(book);
//         co_await take_turns();
//     }
//
// A reactor has one that all share, `current()`. It belongs to one thread, and to be destroyed only when nobody waits
// in it.
class Cooperator : private TimerNode {
public:
    class Waiting;

    static constexpr Duration default_slice = std::chrono::milliseconds(10);

    explicit Cooperator(Duration slice = default_slice);
    Cooperator(const Cooperator&) = delete;
    Cooperator& operator=(const Cooperator&) = delete;
    ~Cooperator();

    // The one of the reactor that runs on this thread.
    static Cooperator& current();

    // Await it between two steps. It always lets others go first that are ready.
    WaitBuilder<Waiting, Cooperator*> turn() noexcept { return WaitBuilder<Waiting, Cooperator*>(this); }

    // How long the steps of one turn of the loop may take together. With 0 there is one step a turn.
    Duration slice() const noexcept { return slice_; }
    void set_slice(Duration slice) noexcept { slice_ = slice; }

    // How many computations wait for their turn.
    std::size_t waiting() const noexcept { return waits_.size(); }

    // Has a generator run to its end, taking turns between its items, which are dropped: each co_yield ends a step.
    // What it awaits holds up nobody else. Takes a range too, where making an element is the step. However it ends, the
    // generator is closed. (Twisted's coiterate.)
    template <detail::ItemSource Steps>
    Task<> coiterate(Steps&& steps) {
        return take_steps(detail::to_item_source(std::forward<Steps>(steps)), nullptr);
    }

    // The same in the background, as a Task of the group; it is controlled by what this gives. Its failure is the
    // group's. (Twisted's cooperate.)
    template <detail::ItemSource Steps>
    CooperativeTask cooperate(TaskGroup& group, Steps&& steps) {
        auto state = std::make_shared<detail::CooperativeState>();
        group.spawn_unlimited(run_controlled(detail::to_item_source(std::forward<Steps>(steps)), state));
        return CooperativeTask(std::move(state));
    }

private:
    class Rounds;

    template <class Source>
    Task<> take_steps(Source steps, detail::CooperativeState* state) {
        using T = typename Source::value_type;
        auto body = [&](AsyncGenerator<T>& generator) -> Task<> {
            for (bool more = true; more;) {
                co_await turn();
                if (state != nullptr && state->pauses != 0) {
                    co_await state->unpaused.wait();
                    continue;
                }
                auto item = co_await generator.next();
                more = static_cast<bool>(item);
            }
        };
        co_await with(std::move(steps), body);
    }

    template <class Source>
    Task<> run_controlled(Source steps, std::shared_ptr<detail::CooperativeState> state) {
        detail::CooperativeRun run(*state);
        try {
            state->completed = co_await within(run.scope(), take_steps(std::move(steps), state.get()));
        } catch (const Cancelled&) {
            throw;
        } catch (...) {
            state->failure = current_step.task->failure();
            throw;
        }
    }

    void arrived() noexcept;
    void begin_slice() noexcept;
    void go_round() noexcept;

    WaitQueue<Waiting> waits_{"a Cooperator"};
    Duration slice_;
    TimePoint slice_end_{};
    bool stepped_ = false;       // in this slice
    Reactor* reactor_ = nullptr; // that the timer belongs to
    Rounds* rounds_;
};

// The awaiter of `turn`.
class Cooperator::Waiting final : public QueuedWait {
public:
    explicit Waiting(Cooperator* cooperator) noexcept : cooperator_(*cooperator) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        wait_in(cooperator_.waits_, handle);
        cooperator_.arrived();
    }
    void await_resume() const { raise_if_cancelled(); }
    static constexpr const char* wait_words = "its turn among long computations";

private:
    Cooperator& cooperator_;
};

// Await it between two short steps of a long computation: a turn of the reactor's own Cooperator.
inline auto take_turns() { return Cooperator::current().turn(); }

// `Cooperator::cooperate` with the reactor's own Cooperator.
template <detail::ItemSource Steps>
CooperativeTask cooperate(TaskGroup& group, Steps&& steps) {
    return Cooperator::current().cooperate(group, std::forward<Steps>(steps));
}

// `Cooperator::coiterate` with the reactor's own Cooperator.
template <detail::ItemSource Steps>
Task<> coiterate(Steps&& steps) {
    return Cooperator::current().coiterate(std::forward<Steps>(steps));
}

} // namespace corduroy
