#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/sync/capacity_limiter.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/threads/thread_job.hpp>
#include <corduroy/async/threads/thread_pool.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace corduroy {

namespace detail {

class InThread;

// The job of a `run_in_thread`. It belongs to the coroutine that waits, or where that has abandoned it to itself.
class ThreadCallBase : public ThreadJob, public FromFramePool {
public:
    virtual ~ThreadCallBase() = default;

    // Is given back when the work has ended, also where that was abandoned.
    void hold(CapacityLimiter::Token token) noexcept { token_ = std::move(token); }

private:
    friend class InThread;
    void ended() noexcept override;

    InThread* waiting_ = nullptr; // null where it is abandoned
    CapacityLimiter::Token token_;
};

template <class R, class F, class... Arguments>
class ThreadCall final : public ThreadCallBase {
public:
    ThreadCall(F f, Arguments... arguments) : call_(std::move(f), std::move(arguments)...) {}

    Result<R>& outcome() noexcept { return *outcome_; }

private:
    void work() noexcept override {
        try {
            auto invoke = [](F& f, Arguments&... arguments) -> R {
                return std::invoke(std::move(f), std::move(arguments)...);
            };
            if constexpr (std::is_void_v<R>) {
                std::apply(invoke, call_);
                outcome_.emplace();
            } else {
                outcome_.emplace(std::apply(invoke, call_));
            }
        } catch (...) {
            outcome_.emplace(Failure::current());
        }
    }
    void refused(Failure failure) noexcept override { outcome_.emplace(std::move(failure)); }

    std::tuple<F, Arguments...> call_;
    std::optional<Result<R>> outcome_;
};

// Has a thread do a job, and waits until it is done.
class InThread : public Suspension {
public:
    enum class OnCancel : bool { join, abandon };

    InThread(std::unique_ptr<ThreadCallBase> call, OnCancel on_cancel);
    ~InThread();

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        suspend(handle);
        begin();
    }
    void await_resume() const { raise_if_cancelled(); }

    static constexpr const char* wait_words = "a thread's work";
    std::string waits_for() const;

private:
    static void cancel(Waiter& waiter) noexcept;
    void begin() noexcept;

    ThreadPool& pool_; // which may have to be made: where it is asked for nothing may be thrown any more
    std::unique_ptr<ThreadCallBase> call_;
    OnCancel on_cancel_;
};

template <class R, class F, class... Arguments>
Task<R> call_in_thread(InThread::OnCancel on_cancel, CapacityLimiter* limiter, F f, Arguments... arguments) {
    using Call = ThreadCall<R, F, Arguments...>;
    auto call = std::make_unique<Call>(std::move(f), std::move(arguments)...);
    if (limiter != nullptr) call->hold(co_await limiter->acquire());
    Call& kept = *call;
    InThread in_thread(std::move(call), on_cancel);
    co_await in_thread;
    Result<R> outcome = std::move(kept.outcome());
    if (!outcome) current_step.task->rethrow(outcome.failure());
    co_return std::move(outcome).value();
}

} // namespace detail

// What `run_in_thread` gives: await it, or hand it to a combinator. It does nothing before.
template <class F, class... Arguments>
class [[nodiscard("co_await it")]] RunInThread {
    using Returned = std::invoke_result_t<F, Arguments...>;
    static_assert(!IntoTask<Returned>, "a Task runs on a reactor: run_in_thread is for functions that block");

public:
    // What a function gives by rvalue reference is taken from there.
    using value_type =
        std::conditional_t<std::is_rvalue_reference_v<Returned>, std::remove_cvref_t<Returned>, Returned>;

    template <class G, class... Given>
    explicit RunInThread(std::in_place_t, G&& f, Given&&... arguments)
        : call_(std::forward<G>(f), std::forward<Given>(arguments)...) {}

    // Where the await is cancelled while the function runs, leaves it running and goes on; see run_in_thread.
    RunInThread&& abandon_on_cancel() && noexcept {
        on_cancel_ = detail::InThread::OnCancel::abandon;
        return std::move(*this);
    }

    // Takes a token of the limiter first, waiting for one if need be, and has it until the function has returned: for
    // a bound of its own on a kind of work, beside the pool's. The limiter must outlive that.
    RunInThread&& limiter(CapacityLimiter& limiter) && noexcept {
        limiter_ = &limiter;
        return std::move(*this);
    }

    Task<value_type> into_task() && {
        return std::apply(
            [this](F& f, Arguments&... arguments) {
                return detail::call_in_thread<value_type, F, Arguments...>(on_cancel_, limiter_, std::move(f),
                                                                           std::move(arguments)...);
            },
            call_);
    }

private:
    std::tuple<F, Arguments...> call_;
    detail::InThread::OnCancel on_cancel_ = detail::InThread::OnCancel::join;
    CapacityLimiter* limiter_ = nullptr;
};

// Has `f(arguments…)` called in a thread of the reactor's ThreadPool, for what would block the loop, and gives what it
// returns or throws what it throws: `auto text = co_await run_in_thread(read_file, path);`. (Twisted's deferToThread,
// trio's to_thread.run_sync.)
//
// Function and arguments are kept (copied, or moved from an rvalue), are given to the call as rvalues, and are
// destroyed on the loop's thread, like the value that was returned. The function must not touch the reactor, nor what
// belongs to it: `from_thread` is its way back.
//
// Cancelling takes the function back where no thread has begun it. Where one runs it, the await goes on until it has
// returned, and what it gives is delivered: nothing it refers to can go away under it. It may ask
// `from_thread::check_cancelled` to be ended earlier. `run_in_thread(…).abandon_on_cancel()` lets the await end at once
// instead: then the function runs on alone, what it refers to must live long enough, its result is dropped, and the
// reactor's end waits for it.
template <class F, class... Arguments>
auto run_in_thread(F&& f, Arguments&&... arguments) {
    detail::guard_callable<F>();
    return RunInThread<std::decay_t<F>, std::decay_t<Arguments>...>(std::in_place, std::forward<F>(f),
                                                                    std::forward<Arguments>(arguments)...);
}

} // namespace corduroy
