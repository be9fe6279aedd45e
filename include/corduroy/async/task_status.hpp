#pragma once

#include <corduroy/async/group_child.hpp>
#include <corduroy/async/starting.hpp>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class T, class F, class... Arguments>
class StartedChild;

} // namespace detail

// By this a child that was begun by `TaskGroup::start` says that it is ready, and gives the value that `start` returns:
// `Task<> serve(TaskStatus<std::uint16_t>& status, …) { …; status.started(port); … }`. It lives as long as the child.
// (trio's task_status.)
template <class T>
class TaskStatus : private detail::StartSignal {
    static_assert(std::is_object_v<T>, "a TaskStatus carries a value, or nothing: TaskStatus<>");

public:
    // Says that it is ready, once; twice throws. Where `start` was cancelled meanwhile, and the child with it, the
    // value is dropped.
    void started(T value) {
        if (!claim()) return;
        value_->emplace(std::move(value));
        ready();
    }

private:
    template <class, class, class...>
    friend class detail::StartedChild;

    std::optional<T>* value_ = nullptr;
};

template <>
class TaskStatus<void> : private detail::StartSignal {
public:
    void started() {
        if (claim()) ready();
    }

private:
    template <class, class, class...>
    friend class detail::StartedChild;
};

namespace detail {

// The type that the first parameter of a function carries, which is a TaskStatus<T>&.
template <class F>
struct StatusValue {};
template <class F>
    requires requires { &F::operator(); }
struct StatusValue<F> : StatusValue<decltype(&F::operator())> {};
template <class R, class T, class... Arguments>
struct StatusValue<R (*)(TaskStatus<T>&, Arguments...)> {
    using type = T;
};
template <class R, class T, class... Arguments>
struct StatusValue<R (*)(TaskStatus<T>&, Arguments...) noexcept> {
    using type = T;
};
template <class R, class C, class T, class... Arguments>
struct StatusValue<R (C::*)(TaskStatus<T>&, Arguments...)> {
    using type = T;
};
template <class R, class C, class T, class... Arguments>
struct StatusValue<R (C::*)(TaskStatus<T>&, Arguments...) noexcept> {
    using type = T;
};
template <class R, class C, class T, class... Arguments>
struct StatusValue<R (C::*)(TaskStatus<T>&, Arguments...) const> {
    using type = T;
};
template <class R, class C, class T, class... Arguments>
struct StatusValue<R (C::*)(TaskStatus<T>&, Arguments...) const noexcept> {
    using type = T;
};
template <class F>
using status_value_t = typename StatusValue<std::decay_t<F>>::type;

template <class T>
struct StatusHolder {
    TaskStatus<T> status;
};

// A child that says when it is ready. It has a scope of its own, by which the cancellation of `start` reaches it.
template <class T, class F, class... Arguments>
class StartedChild final : private StatusHolder<T>,
                           public CallChild<F, std::reference_wrapper<TaskStatus<T>>, Arguments...> {
    using Call = CallChild<F, std::reference_wrapper<TaskStatus<T>>, Arguments...>;

public:
    StartedChild(TaskGroup& group, F&& f, Arguments&&... arguments)
        : Call(group, std::move(f), std::ref(StatusHolder<T>::status), std::move(arguments)...) {
        this->make_own_scope();
    }

    void tell(Starting& starter) noexcept { this->status.tell(starter); }
    void tell(Starting& starter, std::optional<T>& value) noexcept
        requires(!std::is_void_v<T>)
    {
        this->status.value_ = &value;
        this->status.tell(starter);
    }

private:
    Failure conclude(const Failure& failure) noexcept override { return this->status.conclude(failure); }
};

} // namespace detail

// A function whose first parameter is a TaskStatus<T>&, and the further arguments; a Task is what it gives.
template <class F, class... Arguments>
concept Startable = requires {
    requires IntoTask<typename detail::CalledKept<std::decay_t<F>, TaskStatus<detail::status_value_t<F>>&,
                                                  std::decay_t<Arguments>...>::type>;
};

} // namespace corduroy
