#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/failure_ledger.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy {

// A group of Tasks that run side by side and end together (trio's nursery). It exists only inside `with_task_group`,
// which returns when its body and all it spawned have ended; the first failure cancels the rest.
class TaskGroup {
public:
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Starts a Task in a coming turn, in the group's scope, whoever calls. Its value is dropped; its failure is the
    // group's. May be called as long as the group is not yet over; after that the program is ended with a message.
    template <IntoTask Awaitable>
    void spawn(Awaitable&& awaitable) {
        using T = task_value_t<Awaitable>;
        add(*new TaskChild<T>(*this, to_task(std::forward<Awaitable>(awaitable))));
    }

    // Calls `callable(arguments…)`, which gives a Task, and spawns that. Callable and arguments are kept alive as long
    // as the Task runs, so that a lambda with captures is safe here.
    template <class Callable, class... Arguments>
        requires std::is_invocable_v<std::decay_t<Callable>&, std::decay_t<Arguments>&...> && (!IntoTask<Callable>)
    void spawn(Callable&& callable, Arguments&&... arguments) {
        detail::guard_callable<Callable>();
        spawn(invoke(std::decay_t<Callable>(std::forward<Callable>(callable)),
                     std::decay_t<Arguments>(std::forward<Arguments>(arguments))...));
    }

    // Cancels all that runs in the group, its body included. With nothing failed, `with_task_group` then just returns.
    void cancel() noexcept { scope_.cancel(); }
    CancelScope& scope() noexcept { return scope_; }

    // How many Tasks run in the group now.
    std::size_t running() const noexcept { return running_; }

private:
    friend class RootTask;
    template <class Body, class T>
    friend Task<T> run_with_task_group(Body body);

    class Child : public TaskOwner, public ListNode<> {
    public:
        explicit Child(TaskGroup& group) noexcept
            : TaskOwner(group.home_ != nullptr ? "spawned" : "background", group.home_), group_(group) {}
        virtual ~Child() = default;

    protected:
        TaskGroup& group_;

    private:
        friend class TaskGroup;
        virtual void start() = 0;
        void task_ended(TaskPromiseBase& task) noexcept override;
    };

    template <class T>
    class TaskChild final : public Child {
    public:
        TaskChild(TaskGroup& group, Task<T> task) noexcept : Child(group), task_(std::move(task)) {}

        static void* operator new(std::size_t size) { return allocate_frame(size); }
        static void operator delete(void* memory, std::size_t size) noexcept { release_frame(memory, size); }

    private:
        void start() override { task_.promise().start_owned(*this, this->group_.scope_); }

        Task<T> task_;
    };

    // The body is a Task of the group too, but belongs to with_task_group, which wants its value.
    class Body final : public TaskOwner {
    public:
        explicit Body(TaskGroup& group) noexcept : TaskOwner("body"), group_(group) {}
        void task_ended(TaskPromiseBase& task) noexcept override { group_.ended(task.failure()); }

    private:
        TaskGroup& group_;
    };

    class Joined : public Suspension {
    public:
        static constexpr bool shielded = true;
        explicit Joined(TaskGroup& group) noexcept : Suspension([](Waiter&) noexcept {}), group_(group) {}
        bool await_ready() const noexcept { return group_.running_ == 0; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            group_.joined_ = this;
            suspend_shielded(handle);
        }
        void await_resume() const noexcept { group_.over_ = true; }
        std::string waits_for() const { return "join of " + std::to_string(group_.running_) + " tasks"; }

    private:
        TaskGroup& group_;
    };

    TaskGroup() { scope_.set_group(this); }
    explicit TaskGroup(CancelScope* parent) : scope_(parent, CancelScope::Shield::no) { scope_.set_group(this); }
    ~TaskGroup();

    template <class Callable, class... Arguments>
    static auto invoke(Callable callable, Arguments... arguments) -> decltype(callable(arguments...)) {
        co_return co_await callable(arguments...);
    }

    void add(Child& child);
    void ended(const Failure& failure) noexcept;
    // Throws how the group failed; whether it ended by its own cancellation otherwise.
    bool raise_failures() const;

    const TaskPromiseBase* home_ = current_step.task; // whose frame it lies in, for the task tree
    CancelScope scope_;
    IntrusiveList<Child> children_;
    std::size_t running_ = 0;
    FailureLedger failures_;
    Joined* joined_ = nullptr;
    bool none_running_ = true; // for the runner of main, which waits for it
    bool over_ = false;
};

template <class Body, class T>
Task<T> run_with_task_group(Body body) {
    TaskGroup group;
    Task<T> task = body(group);
    TaskGroup::Body owner(group);
    ++group.running_;
    task.promise().start_owned(owner, group.scope_);
    TaskGroup::Joined joined(group);
    co_await joined;
    bool cancelled = group.raise_failures();
    if (task.promise().failure()) {
        if constexpr (!std::is_void_v<T>)
            throw CancelledError("the task group was cancelled before its body gave a value");
    }
    static_cast<void>(cancelled);
    co_return task.promise().take_value();
}

// Opens a group, runs `body(group)` in it, and returns the body's value when the body and all that it spawned have
// ended. If one of them fails the rest are cancelled and joined, and the failure is thrown, with the later ones as its
// `suppressed()`. Cancelling it cancels and joins all. The body is kept alive meanwhile.
template <class Body>
auto with_task_group(Body&& body) {
    detail::guard_callable<Body>();
    using Made = std::invoke_result_t<std::decay_t<Body>&, TaskGroup&>;
    return run_with_task_group<std::decay_t<Body>, typename Made::value_type>(std::forward<Body>(body));
}

} // namespace corduroy
