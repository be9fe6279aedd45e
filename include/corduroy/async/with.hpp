#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/clean_up.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

namespace corduroy {

// What has a `close()`: one that gives something to wait for, or nothing.
template <class T>
concept Closing = requires(T& resource) { resource.close(); };

namespace detail {

// Awaits a Task in the scope of the awaiting coroutine, and begins it also where that is cancelled: the Task holds
// something that it must let go of.
template <class T>
class Regardless {
public:
    explicit Regardless(Task<T> task) noexcept : task_(std::move(task)) {}

    Task<T> take() noexcept { return std::move(task_); }

private:
    Task<T> task_;
};

template <class T>
class RegardlessAwaiter {
public:
    explicit RegardlessAwaiter(Task<T> task) noexcept : task_(std::move(task)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
        return task_.promise().start_under(handle.promise(), handle.promise().scope());
    }
    T await_resume() const { return TaskAwaiter<T>::take(task_.promise()); }

private:
    Task<T> task_;
};

template <class T>
RegardlessAwaiter<T> make_awaiter(TaskPromiseBase&, Regardless<T>&& regardless) noexcept {
    return RegardlessAwaiter<T>(regardless.take());
}

// As a Task of its own, so that what the body throws before its first await is caught like the rest.
template <class T, class Resource, class Body>
Task<T> use_resource(Resource& resource, Body& body) {
    co_return co_await to_task(body(resource));
}

// Awaits what closes a resource, or calls it where it gives nothing to wait for.
template <class Resource>
Task<> close_resource(Resource& resource) {
    if constexpr (std::is_void_v<decltype(resource.close())>)
        resource.close();
    else
        co_await resource.close();
    co_return;
}

template <class T, class Resource, class Body>
Task<T> use_and_close(Resource& resource, Body& body, Duration bound) {
    Task<> closing = close_resource(resource); // made before, so that there is memory for it
    Task<T> use = use_resource<T>(resource, body);
    auto outcome = co_await in_scope(current_step.task->scope(), use);
    Failure failure = outcome.failure();
    CleanUp clean_up(bound);
    auto closed = co_await in_scope(clean_up.scope(), closing);
    clean_up.add_failure(failure, closed.failure());
    if (failure) current_step.task->rethrow(failure);
    co_return std::move(outcome).value();
}

// The resource is kept here or referred to, or it is opened here first.
template <class T, class Resource, class Body>
Task<T> run_with(Resource resource, Body body, Duration bound) {
    co_return co_await Regardless<T>(use_and_close<T>(resource, body, bound));
}
template <class T, class Resource, class Body>
Task<T> run_with_opened(Task<Resource> opening, Body body, Duration bound) {
    Resource resource = co_await std::move(opening);
    co_return co_await Regardless<T>(use_and_close<T>(resource, body, bound));
}

// What a resource is that is given, or opened by a Task.
template <class Source>
struct Opened {
    using type = Source;
};
template <class Resource>
struct Opened<Task<Resource>> {
    using type = Resource;
};

} // namespace detail

// What `with` gives; await it. `Source` is the resource, a reference to it, or the Task that opens it.
template <class Source, class Body>
class [[nodiscard("co_await it")]] With {
    using Resource = typename detail::Opened<Source>::type;
    static_assert(Closing<std::remove_reference_t<Resource>>,
                  "with() closes its resource by close(), which this one has not; with_exit_stack does other things");
    using T = task_value_t<std::invoke_result_t<Body&, std::remove_reference_t<Resource>&>>;

public:
    With(Source&& source, Body body) : source_(std::forward<Source>(source)), body_(std::move(body)) {}

    // How long closing may take; `default_clean_up_bound` otherwise.
    With&& clean_up_within(Duration bound) && noexcept {
        bound_ = bound;
        return std::move(*this);
    }

    Task<T> into_task() && {
        if constexpr (detail::is_task<Source>)
            return detail::run_with_opened<T, Resource, Body>(std::move(source_), std::move(body_), bound_);
        else
            return detail::run_with<T, Source, Body>(std::forward<Source>(source_), std::move(body_), bound_);
    }

    friend detail::RegardlessAwaiter<T> make_awaiter(TaskPromiseBase&, With&& with) {
        return detail::RegardlessAwaiter<T>(std::move(with).into_task());
    }

private:
    Source source_;
    Body body_;
    Duration bound_ = default_clean_up_bound;
};

// Runs `body(resource)`, which gives a Task, and gives its value; then, whatever became of that, awaits
// `resource.close()` (Python's `async with`). The resource is kept if it is given away, and referred to if not; a Task
// that opens it may be given instead: `co_await with(open(path), [&](File& file) -> Task<> {…})`.
//
// Closing happens in a cancelled scope too, under a shield, and may take 10 s, or what `clean_up_within` says; after
// that it is cancelled and joined, and has failed with a TimeoutError. If the body failed, or was cancelled, that is
// thrown, and a failure to close rides along as `suppressed()`; if only closing failed, that is thrown. Awaited in a
// cancelled scope it begins all the same, so that what it was given is closed.
template <class Source, class Body>
auto with(Source&& source, Body&& body) {
    detail::guard_callable<Body>();
    if constexpr (IntoTask<Source>) {
        auto opening = to_task(std::forward<Source>(source));
        return With<decltype(opening), std::decay_t<Body>>(std::move(opening), std::forward<Body>(body));
    } else {
        return With<Source, std::decay_t<Body>>(std::forward<Source>(source), std::forward<Body>(body));
    }
}

} // namespace corduroy
