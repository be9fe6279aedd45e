#include <corduroy/async/cancel_scope.hpp>

#include <corduroy/async/scope_reference.hpp>
#include <corduroy/async/suspension.hpp>
#include <corduroy/async/task_promise.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <new>

namespace corduroy {

CancelScope* CancelScope::current() noexcept {
    return current_step.task != nullptr ? &current_step.task->scope() : current_step.scope;
}

CancelScope::CancelScope(Shield shield) : CancelScope(current(), shield) {}

CancelScope::CancelScope(CancelScope* parent, Shield shield)
    : parent_(parent), group_(parent != nullptr ? parent->group_ : nullptr),
      locals_(parent != nullptr ? parent->locals_ : nullptr), shielded_(shield == Shield::yes),
      cancelled_(enclosing_cancelled()) {
    if (parent_ != nullptr) parent_->children_.push_back(*this);
}

CancelScope::~CancelScope() {
    if (anchor_ != nullptr) ScopeReference::scope_ended(*this);
    // Scopes that nothing runs in may be left inside, members of something that lives longer.
    children_.for_each([this](CancelScope& child) { child.move_into(parent_); });
    if (ListNode<CancelScope>::linked()) ListNode<CancelScope>::unlink();
    timer_.cancel();
}

void CancelScope::cancel(std::string_view reason) noexcept {
    if (std::exchange(cancel_called_, true)) return;
    try {
        if (!reason.empty()) reason_ = std::make_unique<std::string>(reason);
    } catch (const std::bad_alloc&) {
        // Then without it.
    }
    update();
}

std::string_view CancelScope::cancel_reason() const noexcept {
    // Of several, the outermost will answer.
    const CancelScope* answers = nullptr;
    for (const CancelScope* scope = this; scope != nullptr;
         scope = scope->enclosing_cancelled() ? scope->parent_ : nullptr)
        if (scope->cancel_called_) answers = scope;
    if (answers == nullptr) return {};
    if (answers->reason_ != nullptr) return *answers->reason_;
    return answers->deadline_passed_ ? "a deadline passed" : std::string_view();
}

void CancelScope::set_shielded(bool shielded) noexcept {
    shielded_ = shielded;
    update();
}

void CancelScope::move_into(CancelScope* parent) noexcept {
    if (ListNode<CancelScope>::linked()) ListNode<CancelScope>::unlink();
    if (group_ == nullptr || (parent_ != nullptr && group_ == parent_->group_))
        group_ = parent != nullptr ? parent->group_ : nullptr;
    parent_ = parent;
    locals_ = parent != nullptr ? parent->locals_ : nullptr;
    if (parent_ != nullptr) parent_->children_.push_back(*this);
    update();
}

// Has this scope and those within learn whether they are cancelled. First all are marked, so that nothing awaited from
// here on slips through; then those who wait are told. That may end others, and even scopes: each waiter is taken from
// a list that it can leave by itself.
void CancelScope::update() noexcept {
    IntrusiveList<Waiter, Waiter> waiters;
    next_marked_ = nullptr;
    for (CancelScope* marked = this; marked != nullptr;) {
        CancelScope& scope = *std::exchange(marked, marked->next_marked_);
        bool cancelled = scope.cancel_called_ || scope.enclosing_cancelled();
        if (cancelled == scope.cancelled_) continue;
        scope.cancelled_ = cancelled;
        if (cancelled) waiters.take_all(scope.waiters_);
        scope.children_.for_each([&](CancelScope& child) {
            if (!child.shielded_) child.next_marked_ = std::exchange(marked, &child);
        });
    }
    while (!waiters.empty()) {
        waiters.front().cancel();
    }
}

Waiter* CancelScope::wait_of(const TaskPromiseBase& coroutine) noexcept {
    Waiter* found = nullptr;
    waiters_.for_each([&](Waiter& waiter) {
        if (static_cast<Suspension&>(waiter).waiting(coroutine)) found = &waiter; // there are no other Waiters
    });
    return found;
}

bool CancelScope::encloses(const CancelScope& other) const noexcept {
    const CancelScope* scope = &other;
    while (scope != nullptr && scope != this) scope = scope->parent_;
    return scope != nullptr;
}

CancelScope::DeadlineTimer::DeadlineTimer(CancelScope& owner) noexcept
    : TimerNode([](TimerNode& timer) noexcept { static_cast<DeadlineTimer&>(timer).scope.pass_deadline(); },
                Outlasting::disarmed),
      scope(owner) {}

void CancelScope::DeadlineTimer::cancel() noexcept {
    if (armed()) reactor->cancel_timer(*this);
}

void CancelScope::pass_deadline() noexcept {
    deadline_passed_ = !cancel_called_;
    cancel();
}

void CancelScope::set_deadline(std::optional<TimePoint> deadline) {
    if (deadline_passed_) return;
    if (deadline == TimePoint::max()) deadline.reset();
    deadline_ = deadline;
    if (deadline && !cancel_called_) {
        Reactor& reactor = Reactor::current();
        timer_.reactor = &reactor;
        if (*deadline > reactor.now()) return reactor.set_timer(timer_, *deadline);
        pass_deadline();
    }
    timer_.cancel();
}

std::optional<TimePoint> CancelScope::effective_deadline() const noexcept {
    if (cancelled()) return TimePoint::min();
    std::optional<TimePoint> earliest;
    for (const CancelScope* scope = this; scope != nullptr; scope = scope->shielded_ ? nullptr : scope->parent_)
        if (scope->deadline_) earliest = std::min(*scope->deadline_, earliest.value_or(TimePoint::max()));
    return earliest;
}

std::optional<TimePoint> current_effective_deadline() noexcept {
    const CancelScope* scope = CancelScope::current();
    return scope != nullptr ? scope->effective_deadline() : std::nullopt;
}

} // namespace corduroy
