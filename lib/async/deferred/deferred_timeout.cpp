#include <corduroy/async/deferred/deferred_timeout.hpp>

#include <corduroy/async/deferred/deferred_state.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "async/deferred/deferred_cancelled.hpp"

#include <string>

namespace corduroy::detail {

void TimeoutTimer::start(DeferredCore& core) {
    Reactor* reactor = Reactor::current_or_null();
    if (reactor == nullptr) throw Error("add_timeout needs a running reactor, for its clock");
    core_ = &core;
    call_ = reactor->call_later(bound_, [this, &core] {
        passed_ = true;
        DeferredRef<DeferredCore> keep(&core); // with this in it, until the callbacks behind have run
        core.cancel(core.created(), false);
    });
}

Failure TimeoutTimer::explain(const Failure& failure) const {
    if (!failure.check<CancelledError>()) return failure;
    std::string phase = phase_of(failure);
    return failure.retold(
        std::make_exception_ptr(TimeoutError(phase.empty() ? created_at(core_->created()) : phase, bound_)));
}

} // namespace corduroy::detail
