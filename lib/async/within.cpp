#include <corduroy/async/within.hpp>

#include <corduroy/async/failure_ledger.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy {

ScopeEntry::ScopeEntry(CancelScope& scope) : scope_(scope) {
    if (scope.entered_) throw Error("a cancel scope was entered while work was running in it already");
    scope.entered_ = true;
    CancelScope* around = CancelScope::current();
    if (scope.parent_ != around) scope.move_into(around);
}

ScopeEntry::~ScopeEntry() { scope_.entered_ = false; }

bool ScopeEntry::catches(const Failure& failure) {
    if (!failure.cancelled() || !scope_.cancel_called() || scope_.enclosing_cancelled()) return false;
    scope_.cancelled_caught_ = true;
    FailureLedger ended;
    ended.add(failure);
    ended.raise(scope_);
    return true;
}

} // namespace corduroy
