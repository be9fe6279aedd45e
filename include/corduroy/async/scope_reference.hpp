#pragma once

#include <utility>

namespace corduroy {

class CancelScope;

namespace detail {
struct ScopeAnchor;
}

// A scope as those remember it who may outlive it: once it has ended, the scope around it stands in for it. A value
// that is cheap to copy; to be used on the reactor's thread.
class ScopeReference {
public:
    // Refers to no scope.
    ScopeReference() noexcept = default;
    explicit ScopeReference(CancelScope& scope);

    ScopeReference(const ScopeReference& other) noexcept;
    ScopeReference(ScopeReference&& other) noexcept : anchor_(std::exchange(other.anchor_, nullptr)) {}
    ScopeReference& operator=(ScopeReference other) noexcept {
        std::swap(anchor_, other.anchor_);
        return *this;
    }
    ~ScopeReference();

    // Of the scope of the group that is ambient where this is called, which is where background work belongs; refers to
    // none outside of any scope.
    static ScopeReference to_ambient_group();

    // The scope, or the innermost one around it that has not ended; null where all have.
    CancelScope* scope() const noexcept;

private:
    friend class CancelScope;
    static void scope_ended(CancelScope& scope);

    detail::ScopeAnchor* anchor_ = nullptr;
};

} // namespace corduroy
