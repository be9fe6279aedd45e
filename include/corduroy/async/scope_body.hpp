#pragma once

#include <corduroy/async/ambient_scope.hpp>
#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/task.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class Body>
inline constexpr bool takes_scope = std::is_invocable_v<std::decay_t<Body>&, CancelScope&>;

template <class Body>
struct CalledBody : std::invoke_result<std::decay_t<Body>&> {};
template <class Body>
    requires takes_scope<Body>
struct CalledBody<Body> : std::invoke_result<std::decay_t<Body>&, CancelScope&> {};

} // namespace detail

// What can be run in a scope: a Task or what turns into one, or a function that gives one, of the scope
// (`[&](CancelScope& scope) -> Task<> {…}`) or of nothing. The function is kept alive as long as its Task runs.
template <class Body>
concept ScopeBody = IntoTask<Body> || requires { requires IntoTask<typename detail::CalledBody<Body>::type>; };

namespace detail {

template <class Body>
struct BodyValue {
    using type = task_value_t<typename CalledBody<Body>::type>;
};
template <IntoTask Body>
struct BodyValue<Body> {
    using type = task_value_t<Body>;
};

// A body as the coroutine that runs it keeps it: a Task, or the function.
template <IntoTask Body>
auto keep_body(Body&& body) {
    return to_task(std::forward<Body>(body));
}
template <class Body>
    requires(!IntoTask<Body>)
std::decay_t<Body> keep_body(Body&& body) {
    guard_callable<Body>();
    return std::forward<Body>(body);
}

// The Task of a body that was kept; a function is called in the scope.
template <class T>
Task<T> make_body_task(Task<T>& body, CancelScope&) noexcept {
    return std::move(body);
}
template <class Body>
auto make_body_task(Body& body, CancelScope& scope) {
    AmbientScope ambient(scope);
    if constexpr (takes_scope<Body>)
        return to_task(body(scope));
    else
        return to_task(body());
}

} // namespace detail

// The type of a body's value.
template <ScopeBody Body>
using body_value_t = typename detail::BodyValue<Body>::type;

namespace detail {

template <class T, class Body>
Task<T> run_body(Body body) {
    Task<T> task = make_body_task(body, current_step.task->scope());
    co_return co_await std::move(task);
}

// A body as one Task, which runs in the scope it is started in.
template <class Body>
auto to_body_task(Body&& body) {
    if constexpr (IntoTask<Body>)
        return to_task(std::forward<Body>(body));
    else
        return run_body<body_value_t<Body>>(keep_body(std::forward<Body>(body)));
}

template <class T>
struct OrNothing {
    using type = std::optional<T>;
};
template <class T>
struct OrNothing<T&> {
    using type = T*;
};
template <>
struct OrNothing<void> {
    using type = bool;
};

} // namespace detail

// A value that may be missing: std::optional<T>, a pointer for a reference, and for void a bool, true where all is
// well.
template <class T>
using or_nothing_t = typename detail::OrNothing<T>::type;

} // namespace corduroy
