#include <corduroy/async/scope_deadline.hpp>

#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

TimePoint ScopeDeadline::start(CancelScope& scope) const {
    TimePoint now = Reactor::current().now();
    scope.set_deadline(deadline_ ? *deadline_ : later(now, bound_));
    return now;
}

} // namespace corduroy
