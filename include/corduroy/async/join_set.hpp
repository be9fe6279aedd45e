#pragma once

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/failure_ledger.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task.hpp>

#include <cstddef>
#include <string>

namespace corduroy {

// Runs Tasks side by side in a scope of their own and waits for all of them: what stands behind `gather`, `settle`,
// `race` and TaskGroup. The Tasks belong to the caller and must outlive the join. It must have been joined when it is
// destroyed; a throw between `start` and the join ends the program (law 2).
class JoinSet final : private TaskOwner {
public:
    enum class Until {
        all_ended,     // let all of them run
        first_failure, // cancel the rest when one fails
        first_success, // cancel the rest when one succeeds
        first_end,     // cancel the rest when one ends
    };

    explicit JoinSet(Until until) : TaskOwner("joined"), until_(until) {}
    JoinSet(const JoinSet&) = delete;
    JoinSet& operator=(const JoinSet&) = delete;
    ~JoinSet();

    CancelScope& scope() noexcept { return scope_; }
    const CancelScope& scope() const noexcept { return scope_; }

    // Starts a Task in a coming turn, after those started before.
    template <class T>
    void start(Task<T>& task) {
        ++running_;
        task.promise().start_owned(*this, scope_);
    }

    // Waits until all have ended. It does not raise `Cancelled`: cancellation reaches the Tasks, and the outcome tells.
    class Joined : public Suspension {
    public:
        static constexpr bool shielded = true;
        explicit Joined(JoinSet& set) noexcept : Suspension([](Waiter&) noexcept {}), set_(set) {}
        bool await_ready() const noexcept { return set_.running_ == 0; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
            set_.joined_ = this;
            suspend_shielded(handle);
        }
        void await_resume() const noexcept {}
        static constexpr const char* wait_words = "join of tasks";
        std::string waits_for() const { return "join of " + std::to_string(set_.running_) + " tasks"; }

    private:
        JoinSet& set_;
    };
    Joined join() noexcept { return Joined(*this); }

    // After the join: how they failed; and the one that decided it, by `Until`, or null.
    const FailureLedger& failures() const noexcept { return failures_; }
    void raise_failures() const { failures_.raise_all(scope_); }
    TaskPromiseBase* winner() const noexcept { return winner_; }

private:
    void task_ended(TaskPromiseBase& task) noexcept override;

    CancelScope scope_;
    Until until_;
    std::size_t running_ = 0;
    Joined* joined_ = nullptr;
    TaskPromiseBase* winner_ = nullptr;
    FailureLedger failures_;
};

} // namespace corduroy
