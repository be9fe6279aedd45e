#include <corduroy/async/scope_deadline.hpp>

#include <corduroy/reactor/reactor.hpp>

namespace corduroy {

TimePoint ScopeDeadline::start(CancelScope& scope) const {
    TimePoint now = Reactor::current().now();
    if (deadline_)
        scope.set_deadline(deadline_);
    else if (bound_ < TimePoint::max() - now)
        scope.set_deadline(now + bound_);
    return now;
}

} // namespace corduroy
