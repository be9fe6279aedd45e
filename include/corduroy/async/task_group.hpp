#pragma once

#include <corduroy/async/ambient_scope.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/failure_ledger.hpp>
#include <corduroy/async/group_child.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_status.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace corduroy {

// A group of Tasks that run side by side and end together (trio's nursery). It exists only inside `with_task_group`,
// which returns when its body and all it spawned have ended; the first failure cancels the rest. Its children run in
// the group's scope, whoever spawns them, from a coroutine or a callback, as long as the group is not over; spawning
// after that throws an Error.
class TaskGroup {
public:
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Starts a Task in a coming turn, or when the limit lets it. Its value is dropped; its failure is the group's.
    template <IntoTask Awaitable>
    void spawn(Awaitable&& awaitable) {
        using T = task_value_t<Awaitable>;
        add(*new detail::TaskChild<T>(*this, to_task(std::forward<Awaitable>(awaitable))));
    }

    // Spawns what `callable(arguments…)` gives, which is a Task. The call is made when the Task is to start. Callable
    // and arguments are copied or moved here, and kept as long as the Task runs, so that a lambda with captures is
    // safe. A member function may be called too: its object is the first argument.
    template <class Callable, class... Arguments>
        requires Spawnable<Callable, Arguments...>
    void spawn(Callable&& callable, Arguments&&... arguments) {
        detail::guard_callable<Callable>();
        using Child = detail::CallChild<std::decay_t<Callable>, std::decay_t<Arguments>...>;
        add(*new Child(*this, std::forward<Callable>(callable), std::forward<Arguments>(arguments)...));
    }

    // The same, but at once and beside the limit: for background work that a child of the group may wait for, so that a
    // full group cannot come to wait for itself.
    template <IntoTask Awaitable>
    void spawn_unlimited(Awaitable&& awaitable) {
        using T = task_value_t<Awaitable>;
        add_unlimited(*new detail::TaskChild<T>(*this, to_task(std::forward<Awaitable>(awaitable))));
    }

    // Spawns what `callable(status, arguments…)` gives and waits until that calls `status.started(value)`; gives the
    // value. `status` is a TaskStatus<T>&, by whose T the callable's first parameter must name. A failure before that
    // is thrown here and is not the group's; an end before that is an Error. Cancelling it cancels the child and waits
    // for its end. Afterwards the child is one like any other. (trio's nursery.start.)
    template <class Callable, class... Arguments>
        requires Startable<Callable, Arguments...>
    Task<detail::status_value_t<Callable>> start(Callable&& callable, Arguments&&... arguments) {
        detail::guard_callable<Callable>();
        return run_start<detail::status_value_t<Callable>, std::decay_t<Callable>, std::decay_t<Arguments>...>(
            *this, std::forward<Callable>(callable), std::forward<Arguments>(arguments)...);
    }

    // At most so many children run at a time, from now on; those spawned beyond that wait in the order of spawning. One
    // that was spawned as a callable has no coroutine frame until then. Cancelling the group drops those that wait. At
    // first there is no limit; less than 1 throws.
    void limit(std::size_t most);
    std::size_t limit() const noexcept { return limit_; }

    // A failing child cancels nobody from now on: when all have ended the first failure is thrown, with the others as
    // its `suppressed()`. A failure of the body still cancels the children, for it may be what they wait for.
    void keep_going(bool on = true) noexcept { keeps_going_ = on; }

    // Cancels all that runs in the group, its body included. With nothing failed, `with_task_group` then just returns.
    void cancel(std::string_view reason = {}) noexcept { scope_.cancel(reason); }
    CancelScope& scope() noexcept { return scope_; }

    // How many children run now, the body apart; and how many wait for their turn.
    std::size_t running() const noexcept { return running_; }
    std::size_t waiting() const noexcept { return waiting_count_; }

private:
    friend class GroupChild;
    friend class RootTask;
    template <class Body, class T>
    friend Task<T> run_with_task_group(Body body);

    // The body is a Task of the group too, but belongs to with_task_group, which wants its value.
    class Body final : public TaskOwner {
    public:
        explicit Body(TaskGroup& group) noexcept : TaskOwner("body"), group_(group) {}
        void task_ended(TaskPromiseBase& task) noexcept override { group_.body_ended(task.failure()); }

    private:
        TaskGroup& group_;
    };

    class Joined : public Suspension {
    public:
        static constexpr bool shielded = true;
        explicit Joined(TaskGroup& group) noexcept : Suspension([](Waiter&) noexcept {}), group_(group) {}
        bool await_ready() const noexcept { return false; } // the body has yet to run
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            group_.joined_ = this;
            suspend_shielded(handle);
        }
        void await_resume() const noexcept {}
        static constexpr const char* wait_words = "join of a group's tasks";
        std::string waits_for() const;

    private:
        TaskGroup& group_;
    };

    TaskGroup() { scope_.set_group(this); }
    explicit TaskGroup(CancelScope* parent) : scope_(parent, CancelScope::Shield::no) { scope_.set_group(this); }
    ~TaskGroup();

    template <class T, class F, class... Arguments>
    static Task<T> run_start(TaskGroup& group, F f, Arguments... arguments) {
        auto* child = new detail::StartedChild<T, F, Arguments...>(group, std::move(f), std::move(arguments)...);
        detail::Starting starting(*child);
        if constexpr (std::is_void_v<T>) {
            child->tell(starting);
            group.add(*child);
            co_await starting;
        } else {
            std::optional<T> value;
            child->tell(starting, value);
            group.add(*child);
            co_await starting;
            co_return std::move(*value);
        }
    }

    void start_body(TaskPromiseBase& task, Body& owner);
    void body_ended(const Failure& failure) noexcept;
    bool runs() const noexcept { return body_runs_ || running_ != 0; }
    void add(GroupChild& child);
    void add_unlimited(GroupChild& child);
    bool begin(GroupChild& child) noexcept;
    void ended(GroupChild& child, const Failure& failure) noexcept;
    void go_on() noexcept;
    void withdraw(GroupChild& child) noexcept;
    void cancel_for(const Failure& failure) noexcept;
    [[noreturn]] void raise_without_value() const;

    const TaskPromiseBase* home_ = current_step.task; // whose frame it lies in, for the task tree
    CancelScope scope_;
    IntrusiveList<GroupChild> waiting_;
    std::size_t waiting_count_ = 0;
    std::size_t running_ = 0;
    std::size_t limit_ = std::numeric_limits<std::size_t>::max();
    FailureLedger failures_;
    Joined* joined_ = nullptr;
    bool body_runs_ = false;
    bool none_running_ = true; // for the runner of main, which waits for it
    bool keeps_going_ = false;
    bool over_ = false;
};

template <class Body, class T>
Task<T> run_with_task_group(Body body) {
    TaskGroup group;
    auto make = [&] {
        AmbientScope ambient(group.scope_);
        return to_task(body(group));
    };
    std::optional<Task<T>> task;
    try {
        task.emplace(make());
    } catch (...) { // a body that is no coroutine may have spawned before it threw
        group.body_ended(Failure::current());
    }
    TaskGroup::Body owner(group);
    if (task) group.start_body(task->promise(), owner);
    if (group.runs()) {
        TaskGroup::Joined joined(group);
        co_await joined;
    }
    group.failures_.raise(group.scope_);
    bool succeeded = task && !task->promise().failure();
    if constexpr (std::is_void_v<T>) {
        if (succeeded) task->promise().take_value();
    } else {
        if (!succeeded) group.raise_without_value();
        co_return task->promise().take_value();
    }
}

// Opens a group, runs `body(group)` in it, and returns the body's value when the body and all that it spawned have
// ended. If one of them fails the rest are cancelled and joined, and the failure is thrown, with the later ones as its
// `suppressed()`. Cancelling it cancels and joins all. The body is kept alive meanwhile.
template <class Body>
    requires std::is_invocable_v<std::decay_t<Body>&, TaskGroup&>
auto with_task_group(Body&& body) {
    detail::guard_callable<Body>();
    using Made = std::invoke_result_t<std::decay_t<Body>&, TaskGroup&>;
    return run_with_task_group<std::decay_t<Body>, task_value_t<Made>>(std::forward<Body>(body));
}

} // namespace corduroy
