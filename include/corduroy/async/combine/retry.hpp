#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/combine/retry_policy.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/time.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

// How far a `retry` has come.
class RetryProgress {
public:
    explicit RetryProgress(const RetryPolicy& policy);

    // What the attempts run in; the bound for the whole is its deadline.
    CancelScope& scope() noexcept { return scope_; }

    // An attempt has failed: gives the delay before the next one, or throws how it ends, in the coroutine that runs
    // now.
    Duration failed(const Failure& failure);

private:
    std::optional<Duration> delay_before_next(const Failure& failure);
    [[noreturn]] void give_up(Failure last);

    const RetryPolicy& policy_;
    CancelScope scope_;
    unsigned failed_attempts_ = 0;
    std::vector<Failure> earlier_;
};

namespace detail {

// One attempt: what f throws before it gives something to await is a failure like any other.
template <class F, class T>
Task<T> attempt_once(F& f) {
    co_return co_await f();
}

template <class F, class T>
Task<T> run_retry(RetryPolicy policy, F f) {
    RetryProgress progress(policy);
    for (;;) {
        Task<T> task = attempt_once<F, T>(f);
        Result<T> outcome = co_await in_scope(progress.scope(), task);
        if (outcome) co_return std::move(outcome).value();
        Duration delay = progress.failed(outcome.failure());
        co_await sleep(delay);
    }
}

} // namespace detail

// Calls `f()`, which gives something to await, and awaits it; when that fails, again, as the policy says. Gives the
// first success. When it gives up, the last failure is thrown, and the earlier ones ride along as `suppressed()`.
// Cancelling it ends the attempt or the wait that is under way, and nothing more is tried. `f` is kept meanwhile.
//
//     std::string page = co_await retry(RetryPolicy().attempts(5).only_on<IoError>(), fetch_page);
template <class F>
    requires IntoTask<std::invoke_result_t<std::decay_t<F>&>>
auto retry(const RetryPolicy& policy, F&& f) {
    detail::guard_callable<F>();
    using T = task_value_t<std::invoke_result_t<std::decay_t<F>&>>;
    return detail::run_retry<std::decay_t<F>, T>(policy, std::forward<F>(f));
}

} // namespace corduroy
