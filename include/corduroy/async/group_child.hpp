#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/local_binding.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace corduroy {

class TaskGroup;

// What a TaskGroup keeps of a child: its Task, or the function that will make it when its turn has come. It lies on the
// heap and belongs to the group, which destroys it when the Task has ended.
class GroupChild : public FromFramePool, public TaskOwner, public ListNode<> {
public:
    explicit GroupChild(TaskGroup& group);
    virtual ~GroupChild() = default;

    // The scope that the Task runs in: the group's, or one within it that is the child's own.
    CancelScope& scope() noexcept;
    // Whether its turn has yet to come; and gives up its turn, so that it belongs to the caller.
    bool waiting() const noexcept { return linked(); }
    void withdraw() noexcept;

protected:
    void make_own_scope();

private:
    friend class TaskGroup;

    // Makes the Task, which stays this child's. Called once, in the child's scope.
    virtual TaskPromiseBase& make() = 0;
    // Takes note of how the Task ended, or that it never began; what it returns is the group's failure.
    virtual Failure conclude(const Failure& failure) noexcept { return failure; }
    void task_ended(TaskPromiseBase& task) noexcept override;

    // Where it is needed: a child finds the TaskLocals of whoever spawned it, and not those of its group.
    struct OwnScope : FromFramePool {
        OwnScope(CancelScope& group, const detail::LocalBinding* spawners)
            : locals(spawners), scope(&group, CancelScope::Shield::no) {
            scope.set_locals(spawners);
        }
        detail::LocalReference locals;
        CancelScope scope;
    };

    TaskGroup& group_;
    std::unique_ptr<OwnScope> own_scope_;
};

namespace detail {

// A child that was spawned as a Task.
template <class T>
class TaskChild final : public GroupChild {
public:
    TaskChild(TaskGroup& group, Task<T> task) noexcept : GroupChild(group), task_(std::move(task)) {}

private:
    TaskPromiseBase& make() noexcept override { return task_.promise(); }

    Task<T> task_;
};

// What calling F with arguments that were kept gives: they are handed over, or lent where F takes references to them.
template <class F, class... Arguments>
struct CalledKept : std::invoke_result<F&, Arguments&...> {};
template <class F, class... Arguments>
    requires std::is_invocable_v<F&, Arguments&&...>
struct CalledKept<F, Arguments...> : std::invoke_result<F&, Arguments&&...> {};

template <class F, class... Arguments>
auto call_kept(F& f, Arguments&... arguments) {
    if constexpr (std::is_invocable_v<F&, Arguments&&...>)
        return to_task(std::invoke(f, std::move(arguments)...));
    else
        return to_task(std::invoke(f, arguments...));
}

// A child that was spawned as a function and its arguments. It keeps them as long as its Task runs.
template <class F, class... Arguments>
class CallChild : public GroupChild {
public:
    template <class... From>
    CallChild(TaskGroup& group, From&&... from) : GroupChild(group), call_(std::forward<From>(from)...) {}

private:
    TaskPromiseBase& make() override {
        auto called = [](auto&... parts) { return call_kept(parts...); };
        return task_.emplace(std::apply(called, call_)).promise();
    }

    std::tuple<F, Arguments...> call_;
    std::optional<Task<task_value_t<typename CalledKept<F, Arguments...>::type>>> task_;
};

} // namespace detail

// A function and arguments that give a Task; they are kept as decayed copies.
template <class F, class... Arguments>
concept Spawnable = !IntoTask<F> && requires {
    requires IntoTask<typename detail::CalledKept<std::decay_t<F>, std::decay_t<Arguments>...>::type>;
};

} // namespace corduroy
