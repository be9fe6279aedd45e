#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/in_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/async/threads/thread_job.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace corduroy {

// What a call into a reactor from another thread fails with where the reactor has stopped, and nobody would make it.
class ReactorStopped : public Error {
public:
    using Error::Error;
};

namespace detail {

// A call that a thread makes into a reactor, and waits for: lies on that thread's stack.
class BlockingCall {
public:
    BlockingCall(const BlockingCall&) = delete;
    BlockingCall& operator=(const BlockingCall&) = delete;

    // Has `begin` called on the reactor's thread, and waits for `finish`. Throws where that cannot be.
    void perform(Reactor& reactor);

protected:
    // `host` is the work in whose name it is made, if any: in its group, and cancelled with it.
    BlockingCall(const char* name, ThreadJob* host) noexcept : name_(name), host_(host) {}
    ~BlockingCall() = default;

    // Makes the call, on the reactor's thread; `finish` follows. What it throws is the outcome, like what is given to
    // `fail`.
    virtual void begin() = 0;
    virtual void fail(Failure failure) noexcept = 0;

    // The call has come to its end: the thread goes on, and this is gone. Nothing of the caller's may be touched after.
    void finish() noexcept;

    // Where a Task that the call becomes is to run. Throws where there is no group.
    TaskGroup& group() const;
    // Its scope, while it runs.
    void run_in(CancelScope& scope) noexcept;
    void run_in_none() noexcept;

    // Throws what the call failed with, in the thread.
    [[noreturn]] void raise(const Failure& failure) const;

private:
    struct Exchange;

    void begin_here() noexcept;

    const char* name_;
    ThreadJob* host_;
    Exchange* exchange_ = nullptr;
};

template <class F>
class BlockingCallOf final : public BlockingCall {
    using Returned = std::invoke_result_t<F&>;

    static auto value_of() {
        if constexpr (IntoTask<Returned>)
            return std::type_identity<task_value_t<Returned>>();
        else
            return std::type_identity<Returned>();
    }

public:
    using Value = typename decltype(value_of())::type;

    BlockingCallOf(const char* name, ThreadJob* host, F& f) noexcept : BlockingCall(name, host), f_(f) {}

    Value call(Reactor& reactor) {
        perform(reactor);
        if (!*outcome_) raise(outcome_->failure());
        return std::move(*outcome_).value();
    }

private:
    void begin() override {
        if constexpr (IntoTask<Returned>) {
            group().spawn_unlimited(drive(*this));
        } else if constexpr (std::is_void_v<Returned>) {
            f_();
            outcome_.emplace();
            finish();
        } else {
            outcome_.emplace(f_());
            finish();
        }
    }
    void fail(Failure failure) noexcept override { outcome_.emplace(std::move(failure)); }

    static Task<> drive(BlockingCallOf& self) {
        CancelScope scope;
        self.run_in(scope);
        // Whatever holds what it failed with is gone before the thread goes on, whose alone that is then.
        try {
            Task<Value> task = call_it(self.f_);
            Result<Value> outcome = co_await in_scope(scope, task);
            self.outcome_.emplace(std::move(outcome));
        } catch (...) {
            self.fail(Failure::current()); // there was no memory for the call
        }
        self.run_in_none();
        self.finish();
    }
    static Task<Value> call_it(F& f) { co_return co_await f(); }

    F& f_;
    std::optional<Result<Value>> outcome_;
};

} // namespace detail

} // namespace corduroy
