#include <corduroy/async/cancel_scope.hpp>

#include <corduroy/async/scope_reference.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

CancelScope* CancelScope::current() noexcept {
    return current_step.task != nullptr ? &current_step.task->scope() : current_step.scope;
}

CancelScope::CancelScope(Shield shield) : CancelScope(current(), shield) {}

CancelScope::CancelScope(CancelScope* parent, Shield shield)
    : parent_(parent), group_(parent != nullptr ? parent->group_ : nullptr), shielded_(shield == Shield::yes),
      cancelled_(!shielded_ && parent != nullptr && parent->cancelled_) {
    if (parent_ != nullptr) parent_->children_.push_back(*this);
}

CancelScope::~CancelScope() {
    if (anchor_ != nullptr) ScopeReference::scope_ended(*this);
    if (ListNode<CancelScope>::linked()) ListNode<CancelScope>::unlink();
    set_deadline(std::nullopt);
}

void CancelScope::cancel() noexcept {
    cancel_called_ = true;
    if (cancelled_) return;
    cancelled_ = true;
    // First all scopes are marked, so that nothing awaited from here on slips through; then those who wait are told.
    // That may end others, and even scopes: each waiter is taken from a list that it can leave by itself.
    IntrusiveList<Waiter, Waiter> waiters;
    next_marked_ = nullptr;
    for (CancelScope* marked = this; marked != nullptr;) {
        CancelScope& scope = *std::exchange(marked, marked->next_marked_);
        waiters.take_all(scope.waiters_);
        scope.children_.for_each([&](CancelScope& child) {
            if (child.shielded_ || child.cancelled_) return;
            child.cancelled_ = true;
            child.next_marked_ = std::exchange(marked, &child);
        });
    }
    while (!waiters.empty()) {
        Waiter& waiter = waiters.pop_front();
        waiter.cancel_(waiter);
    }
}

CancelScope::Deadline::Deadline(CancelScope& owner) noexcept
    : TimerNode([](TimerNode& timer) noexcept {
          auto& scope = static_cast<Deadline&>(timer).scope;
          scope.deadline_passed_ = true;
          scope.cancel();
      }),
      scope(owner) {}

void CancelScope::set_deadline(std::optional<TimePoint> deadline) {
    if (deadline)
        Reactor::current().set_timer(deadline_, *deadline);
    else if (deadline_.armed())
        Reactor::current().cancel_timer(deadline_);
}

} // namespace corduroy
