#pragma once

#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy {

class Reactor;
class TaskGroup;
class TaskPromiseBase;

namespace detail {
class LocalBinding;
struct ScopeAnchor;
} // namespace detail

// Somebody suspended inside a scope. `cancel` is called at most once, must only record and queue, and leads to the
// waiter's end in its own time; it has left the scope's list when it is called.
class Waiter : public ListNode<Waiter> {
public:
    using Cancel = void (*)(Waiter&) noexcept;

    explicit Waiter(Cancel cancel) noexcept : cancel_(cancel) {}
    ~Waiter() { leave(); }

    void leave() noexcept {
        if (linked()) unlink();
    }

    // Ends this one wait as a cancellation would.
    void cancel() noexcept {
        leave();
        cancel_(*this);
    }

private:
    Cancel cancel_;
};

// A part of the await tree that can be cancelled as one, with a deadline if wanted (trio's CancelScope). Scopes nest:
// cancelling one cancels those within, but for shielded ones. Cancellation is sticky: once cancelled, every await
// inside raises `Cancelled` until the scope is left. Work is put into a scope by `within`, `with_cancel_scope` and
// `move_on_after`; `timeout`, `shield`, `gather` and `with_task_group` make scopes of their own. A scope belongs to one
// reactor, stays where it is, and must outlive the work in it. One that is kept longer than its reactor is no longer
// cancelled by its deadline.
class CancelScope : private ListNode<CancelScope> {
public:
    enum class Shield : bool { no, yes };

    // A scope within that of the coroutine (or callback) that runs now; the outermost one where none runs.
    explicit CancelScope(Shield shield = Shield::no);
    CancelScope(CancelScope* parent, Shield shield);
    CancelScope(const CancelScope&) = delete;
    CancelScope& operator=(const CancelScope&) = delete;
    ~CancelScope();

    // Cancels all work inside. It returns at once; the work ends in its own time and is to be joined. The reason stands
    // in the message of each `Cancelled` raised here. The first cancellation counts; later ones change nothing.
    void cancel(std::string_view reason = {}) noexcept;

    // Whether awaits inside raise `Cancelled`: this scope was cancelled, or one around it that no shield holds off.
    bool cancelled() const noexcept { return cancelled_; }
    // Why: what `cancel` was given, here or around, or that a deadline passed. Empty where nobody said.
    std::string_view cancel_reason() const noexcept;
    // Whether this scope itself was cancelled, by `cancel` or by its deadline, whatever happens around it.
    bool cancel_called() const noexcept { return cancel_called_; }
    // Whether this scope's own cancellation ended the work in it, and went no further.
    bool cancelled_caught() const noexcept { return cancelled_caught_; }
    // Whether a scope around this one is cancelled, so that it is for others to answer to the cancellation.
    bool enclosing_cancelled() const noexcept { return parent_ != nullptr && !shielded_ && parent_->cancelled(); }
    // Whether it was the deadline that cancelled it.
    bool deadline_passed() const noexcept { return deadline_passed_; }
    // Whether `other` is this scope or lies within it, shielded or not.
    bool encloses(const CancelScope& other) const noexcept;

    // Cancels the scope at `deadline`, at once where that has passed; none, or TimePoint::max(), means never. It can be
    // moved as long as it has not passed.
    void set_deadline(std::optional<TimePoint> deadline);
    std::optional<TimePoint> deadline() const noexcept { return deadline_; }
    // When the work in it will be cancelled at the latest: the earliest deadline of this scope and those around, as far
    // as the next shield; none where there is no deadline, TimePoint::min() where it is cancelled already.
    std::optional<TimePoint> effective_deadline() const noexcept;

    // Holds off the cancellation of the scopes around, also one that has come already; or lets it in. What has raised
    // `Cancelled` before has done so.
    void set_shielded(bool shielded) noexcept;
    bool shielded() const noexcept { return shielded_; }

    // The group that new background work joins here; null where there is none.
    TaskGroup* group() const noexcept { return group_; }
    void set_group(TaskGroup* group) noexcept { group_ = group; }

    // The values of TaskLocals that are bound here, for those within too that are made from now on. They belong to
    // whoever sets them, and must outlive the scope.
    const detail::LocalBinding* locals() const noexcept { return locals_; }
    void set_locals(const detail::LocalBinding* locals) noexcept { locals_ = locals; }

    void add(Waiter& waiter) noexcept { waiters_.push_back(waiter); }
    // What a coroutine waits for here, of all that can be cancelled; null where it waits for nothing, for another
    // coroutine, or in a join. It looks through all that wait here: for tests.
    Waiter* wait_of(const TaskPromiseBase& coroutine) noexcept;

    // The scope of the coroutine or callback that runs now; null outside both.
    static CancelScope* current() noexcept;

private:
    friend class IntrusiveList<CancelScope, CancelScope>;
    friend class ScopeEntry;
    friend class ScopeReference;

    struct DeadlineTimer : TimerNode {
        explicit DeadlineTimer(CancelScope& owner) noexcept;
        void cancel() noexcept;

        CancelScope& scope;
        Reactor* reactor = nullptr; // that of the deadline; where it is armed, it lives
    };

    void move_into(CancelScope* parent) noexcept;
    void pass_deadline() noexcept;
    void update() noexcept;

    CancelScope* parent_;
    TaskGroup* group_;
    const detail::LocalBinding* locals_;
    bool shielded_;
    bool cancelled_;
    bool cancel_called_ = false;
    bool cancelled_caught_ = false;
    bool deadline_passed_ = false;
    bool entered_ = false;
    IntrusiveList<CancelScope, CancelScope> children_;
    IntrusiveList<Waiter, Waiter> waiters_;
    detail::ScopeAnchor* anchor_ = nullptr; // for those who remember the scope, if any
    CancelScope* next_marked_ = nullptr;    // while `update` walks the tree without recursion
    std::unique_ptr<std::string> reason_;
    std::optional<TimePoint> deadline_;
    DeadlineTimer timer_{*this};
};

// When the work that runs now will be cancelled at the latest: the `effective_deadline` of its scope. (trio's
// current_effective_deadline.)
std::optional<TimePoint> current_effective_deadline() noexcept;

} // namespace corduroy
