#pragma once

#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/result.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/reactor/inbox.hpp>
#include <corduroy/reactor/reactor.hpp>
#include <corduroy/reactor/ready.hpp>

#include <atomic>
#include <coroutine>
#include <string>
#include <string_view>
#include <utility>

namespace corduroy::detail {

// Waits for something that foreign code does and tells of once, by `arrived`, from whatever thread: the coroutine goes
// on in a coming turn of its own reactor. It lies in the frame of that coroutine, and so does what the foreign code
// writes to: the wait ends when that has ended, and no sooner. Where the scope is cancelled the canceller is called, in
// a coming turn, and the wait goes on. It must be awaited once `arrived` is sure to come.
class ForeignWait : public Suspension, private Ready, private Posted {
public:
    static constexpr bool shielded = true; // it sees to cancellation by itself

    // `what` is for people, and must outlive the wait: "the callback of a C library".
    ForeignWait(std::string_view what, UniqueFunction<void()> canceller);

    // From any thread, once. This may be gone when it returns.
    void arrived() noexcept;
    // Whether that has come already; on the reactor's thread.
    bool has_arrived() const noexcept { return told_.load(std::memory_order_acquire); }

    // After the wait, in the coroutine: the value of what came, or throws how that failed; and `Cancelled` where the
    // foreign code failed because it was asked to give up.
    template <class T>
    T outcome(Result<T> result) const {
        if (!result) raise(result.failure());
        return std::move(result).value();
    }

    bool await_ready() const noexcept { return over_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        if (handle.promise().must_raise()) {
            suspend_shielded(handle);
            ask_cancel();
        } else {
            suspend(handle);
        }
    }
    void await_resume() const noexcept {}
    static constexpr const char* wait_words = "foreign code";
    std::string waits_for() const { return std::string(what_); }

private:
    [[noreturn]] void raise(const Failure& failure) const;
    void ask_cancel() noexcept;
    void look_again() noexcept;
    void look() noexcept;

    std::string_view what_;
    UniqueFunction<void()> canceller_;
    Reactor& reactor_ = Reactor::current();
    std::atomic<bool> told_ = false; // `arrived` was called,
    std::atomic<bool> left_ = false; // and its thread touches this no more
    bool posted_ = false;            // the reactor knows
    bool queued_ = false;            // this stands in the ready queue
    bool cancel_asked_ = false;
    bool gave_up_ = false;
    bool over_ = false;
};

} // namespace corduroy::detail
