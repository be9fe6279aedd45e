#include <corduroy/async/scope_reference.hpp>

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task_group.hpp>

#include <cstddef>
#include <new>

namespace corduroy {

// What stands for a scope that somebody refers to: the scope, as long as it lives, holds a reference too.
struct detail::ScopeAnchor {
    CancelScope* scope;
    ScopeReference around; // once the scope has ended
    std::size_t references;
};

ScopeReference::ScopeReference(CancelScope& scope) {
    if (scope.anchor_ == nullptr) scope.anchor_ = new detail::ScopeAnchor{&scope, {}, 1};
    anchor_ = scope.anchor_;
    ++anchor_->references;
}

ScopeReference::ScopeReference(const ScopeReference& other) noexcept : anchor_(other.anchor_) {
    if (anchor_ != nullptr) ++anchor_->references;
}

ScopeReference::~ScopeReference() {
    // An anchor that goes lets go of the one around it: a loop, for the row may be long.
    while (anchor_ != nullptr && --anchor_->references == 0) {
        detail::ScopeAnchor* gone = anchor_;
        anchor_ = std::exchange(gone->around.anchor_, nullptr);
        delete gone;
    }
}

ScopeReference ScopeReference::to_ambient_group() {
    CancelScope* scope = CancelScope::current();
    if (scope == nullptr) return {};
    return ScopeReference(scope->group() != nullptr ? scope->group()->scope() : *scope);
}

CancelScope* ScopeReference::scope() const noexcept {
    detail::ScopeAnchor* anchor = anchor_;
    while (anchor != nullptr && anchor->scope == nullptr) anchor = anchor->around.anchor_;
    return anchor != nullptr ? anchor->scope : nullptr;
}

void ScopeReference::scope_ended(CancelScope& scope) {
    ScopeReference last; // takes over the scope's own reference
    last.anchor_ = std::exchange(scope.anchor_, nullptr);
    last.anchor_->scope = nullptr;
    if (last.anchor_->references == 1 || scope.parent_ == nullptr) return;
    try {
        last.anchor_->around = ScopeReference(*scope.parent_);
    } catch (const std::bad_alloc&) {
        // Then those who remember the scope find none.
    }
}

} // namespace corduroy
