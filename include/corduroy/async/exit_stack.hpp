#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/clean_up.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/with.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/time.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

// What is to be closed or done when a body ends, however it ends, the last first (Python's AsyncExitStack). It exists
// only inside `with_exit_stack`.
class ExitStack {
public:
    ExitStack(const ExitStack&) = delete;
    ExitStack& operator=(const ExitStack&) = delete;

    // Has `resource.close()` awaited in the end, and gives the resource: it is kept here if it is given away, and
    // referred to if not.
    template <class Resource>
        requires Closing<std::remove_reference_t<Resource>>
    std::remove_reference_t<Resource>& enter(Resource&& resource) {
        auto exit = std::make_unique<CallOnExit<Close<Resource>>>(std::forward<Resource>(resource));
        auto& kept = exit->call.resource;
        add(std::move(exit));
        return kept;
    }

    // Has `call()` called in the end, and what it gives awaited. The callable is kept here. By then the body is gone:
    // what the callable refers to must outlive it, like what was made around `with_exit_stack`, or given to `enter`.
    template <class Call>
    void on_exit(Call&& call) {
        detail::guard_callable<Call>();
        add(std::make_unique<CallOnExit<std::decay_t<Call>>>(std::forward<Call>(call)));
    }

    // How long each of them may take; `default_clean_up_bound` otherwise.
    void clean_up_within(Duration bound) noexcept { bound_ = bound; }

private:
    template <class T, class Body>
    friend Task<T> run_with_exit_stack(Body body);

    struct Exit : FromFramePool {
        virtual ~Exit() = default;
        virtual Task<> run() = 0;
    };

    template <class Resource>
    struct Close {
        explicit Close(Resource&& given) : resource(std::forward<Resource>(given)) {}
        decltype(auto) operator()() { return resource.close(); }
        Resource resource;
    };

    template <class Call>
    struct CallOnExit final : Exit {
        template <class From>
        explicit CallOnExit(From&& from) : call(std::forward<From>(from)) {}
        Task<> run() override {
            if constexpr (std::is_void_v<decltype(call())>)
                call();
            else
                co_await call();
            co_return;
        }
        Call call;
    };

    // With its Task, which is made here so that there is memory for it.
    struct Entry {
        explicit Entry(std::unique_ptr<Exit> given) : exit(std::move(given)), task(exit->run()) {}
        std::unique_ptr<Exit> exit;
        Task<> task;
    };

    ExitStack() = default;

    void add(std::unique_ptr<Exit> exit) { exits_.emplace_back(std::move(exit)); }

    std::vector<Entry> exits_;
    Duration bound_ = default_clean_up_bound;
};

template <class T, class Body>
Task<T> run_with_exit_stack(Body body) {
    ExitStack stack;
    Task<T> use = detail::use_resource<T>(stack, body);
    auto outcome = co_await detail::in_scope(current_step.task->scope(), use);
    Failure failure = outcome.failure();
    while (!stack.exits_.empty()) {
        auto exit = std::move(stack.exits_.back());
        stack.exits_.pop_back();
        CleanUp clean_up(stack.bound_);
        auto exited = co_await detail::in_scope(clean_up.scope(), exit.task);
        clean_up.add_failure(failure, exited.failure());
    }
    if (failure) current_step.task->rethrow(failure);
    co_return std::move(outcome).value();
}

// Runs `body(stack)`, which gives a Task, and gives its value; then, whatever became of that, does what the stack was
// given, one after the other, the last first. Each is done in a cancelled scope too, under a shield, and may take 10 s,
// or what `clean_up_within` says; after that it is cancelled and joined, and has failed with a TimeoutError. The first
// failure, the body's before the others, is thrown, and those after it ride along as `suppressed()`.
template <class Body>
auto with_exit_stack(Body&& body) {
    detail::guard_callable<Body>();
    using T = task_value_t<std::invoke_result_t<std::decay_t<Body>&, ExitStack&>>;
    return run_with_exit_stack<T, std::decay_t<Body>>(std::forward<Body>(body));
}

} // namespace corduroy
