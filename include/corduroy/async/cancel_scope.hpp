#pragma once

#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/reactor/timer_queue.hpp>

#include <optional>

namespace corduroy {

class TaskGroup;

namespace detail {
struct ScopeAnchor;
}

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

private:
    friend class CancelScope;

    Cancel cancel_;
};

// A part of the await tree that can be cancelled as one, with a deadline if wanted (trio's CancelScope). Scopes nest:
// cancelling one cancels those within, but for shielded ones. Cancellation is sticky: once cancelled, every await
// inside raises `Cancelled` until the scope is left. Most programs use `timeout`, `shield`, `gather` and
// `with_task_group`, which make scopes of their own. A scope belongs to one reactor, stays where it is, and must
// outlive the work in it.
class CancelScope : private ListNode<CancelScope> {
public:
    enum class Shield : bool { no, yes };

    // A scope within that of the coroutine (or callback) that runs now; the outermost one where none runs.
    explicit CancelScope(Shield shield = Shield::no);
    CancelScope(CancelScope* parent, Shield shield);
    ~CancelScope();

    // Cancels all work inside. It returns at once; the work ends in its own time and is to be joined.
    void cancel() noexcept;

    // Whether awaits inside raise `Cancelled`: this scope was cancelled, or one around it.
    bool cancelled() const noexcept { return cancelled_; }
    // Whether this scope itself was cancelled, by `cancel` or by its deadline, whatever happens around it.
    bool cancel_called() const noexcept { return cancel_called_; }
    // Whether a scope around this one is cancelled, so that it is for others to answer to the cancellation.
    bool enclosing_cancelled() const noexcept { return parent_ != nullptr && !shielded_ && parent_->cancelled_; }
    bool deadline_passed() const noexcept { return deadline_passed_; }

    // Cancels the scope at `deadline`; none means never. It can be moved as long as it has not passed.
    void set_deadline(std::optional<TimePoint> deadline);

    // The group that new background work joins here; null where there is none.
    TaskGroup* group() const noexcept { return group_; }
    void set_group(TaskGroup* group) noexcept { group_ = group; }

    void add(Waiter& waiter) noexcept { waiters_.push_back(waiter); }

    // The scope of the coroutine or callback that runs now; null outside both.
    static CancelScope* current() noexcept;

private:
    friend class IntrusiveList<CancelScope, CancelScope>;
    friend class ScopeReference;

    struct Deadline : TimerNode {
        explicit Deadline(CancelScope& owner) noexcept;
        CancelScope& scope;
    };

    CancelScope* parent_;
    TaskGroup* group_;
    bool shielded_;
    bool cancelled_;
    bool cancel_called_ = false;
    bool deadline_passed_ = false;
    IntrusiveList<CancelScope, CancelScope> children_;
    IntrusiveList<Waiter, Waiter> waiters_;
    detail::ScopeAnchor* anchor_ = nullptr; // for those who remember the scope, if any
    CancelScope* next_marked_ = nullptr;    // while `cancel` walks the tree without recursion
    Deadline deadline_{*this};
};

} // namespace corduroy
