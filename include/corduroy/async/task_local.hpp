#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/local_binding.hpp>
#include <corduroy/async/scope_body.hpp>
#include <corduroy/async/task.hpp>

#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

template <class T>
class BoundValue final : public LocalBinding {
public:
    BoundValue(const void* key, LocalReference around, T given)
        : LocalBinding(key, std::move(around)), value(std::move(given)) {}
    const T value;
};

template <class V, class T, class Body>
Task<V> run_bound(const void* key, T value, Body body) {
    LocalReference binding(new BoundValue<T>(key, LocalReference(LocalReference::current()), std::move(value)));
    CancelScope scope;
    scope.set_locals(binding.get());
    Task<V> task = make_body_task(body, scope);
    auto outcome = co_await in_scope(scope, task);
    if (!outcome) current_step.task->rethrow(outcome.failure());
    co_return std::move(outcome).value();
}

} // namespace detail

// A value that a Task and all that it awaits, spawns or gathers find without its being passed down: the number of the
// request that is being served, say. A variable of static storage duration: `TaskLocal<std::string> request_id;`, then
// `co_await request_id.with("17", serve(request));`, and deep inside `log(request_id.get() + …)`.
//
// A binding holds for the Task it is made for, and for the children that are spawned inside it, as long as those live;
// outside nothing changes. So a child's binding does not leak out, and there is no `set`. Where no value is ever bound
// nothing is paid for: an await costs nothing, a spawn a comparison. A Deferred's callbacks run in their group's scope,
// and find what is bound there. (trio and Python: contextvars; Twisted: the contexts of inlineCallbacks.)
template <class T>
class TaskLocal {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>);

public:
    TaskLocal()
        requires std::is_default_constructible_v<T>
    = default;
    // What is found where nothing is bound.
    explicit TaskLocal(T otherwise) : otherwise_(std::move(otherwise)) {}
    TaskLocal(const TaskLocal&) = delete;
    TaskLocal& operator=(const TaskLocal&) = delete;

    // The value bound innermost around what runs now. The reference is good as long as the Task lives that asks.
    const T& get() const noexcept {
        const auto* binding = detail::LocalBinding::find(detail::LocalReference::current(), this);
        return binding != nullptr ? static_cast<const detail::BoundValue<T>*>(binding)->value : otherwise_;
    }

    // Runs the body with the value bound, and gives the body's value.
    template <ScopeBody Body>
    auto with(T value, Body&& body) const {
        return detail::run_bound<body_value_t<Body>>(this, std::move(value),
                                                     detail::keep_body(std::forward<Body>(body)));
    }

private:
    T otherwise_{};
};

} // namespace corduroy
