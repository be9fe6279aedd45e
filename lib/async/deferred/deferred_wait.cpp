#include <corduroy/async/deferred/deferred_wait.hpp>

#include <corduroy/async/substitute.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/reactor/reactor.hpp>

#include "async/deferred/deferred_cancelled.hpp"

namespace corduroy::detail {

DeferredWait::DeferredWait(TaskPromiseBase& task, DeferredCore& core)
    : Suspension([](Waiter& waiter) noexcept { static_cast<DeferredWait&>(waiter).ask_cancel(); }),
      Ready([](Ready& ready) noexcept {
          auto& self = static_cast<DeferredWait&>(ready);
          self.cancel_queued_ = false;
          if (self.ended_)
              self.resume();
          else
              self.core_.cancel(self.task_.site(), true);
      }),
      task_(task), core_(core) {
    core.check_unclaimed();
    if (!core.called()) core.check_no_self_await(task.scope());
}

bool DeferredWait::await_ready() noexcept {
    if (!core_.hands_out()) return false;
    raises_ = task_.must_raise();
    if (raises_) return !task_.raised_before();
    core_.claimed_ = true;
    return true;
}

void DeferredWait::begin() noexcept {
    reactor_ = &Reactor::current();
    core_.claimed_ = true;
    core_.wait_ = this;
}

void DeferredWait::ask_cancel() noexcept {
    cancel_asked_ = cancel_queued_ = true;
    reactor_->enqueue(*this);
}

void DeferredWait::ended() noexcept {
    if (cancel_queued_) {
        ended_ = true; // this must stay until its turn in the queue has come
        return;
    }
    // A Deferred may be fired between the turns of a reactor that another loop drives.
    Reactor* turning = std::exchange(current_step.reactor, reactor_);
    resume();
    current_step.reactor = turning;
}

void DeferredWait::give_up() noexcept {
    core_.claimed_ = false;
    raises_ = true;
    ended();
}

void DeferredWait::take() {
    if (raises_) task_.raise();
    if (!core_.has_value()) raise_failure();
}

void DeferredWait::raise_failure() {
    Failure failure = core_.failure();
    bool unwound = core_.unwound();
    core_.mark_taken();
    if (cancel_asked_) raise_substitute(task_);
    bool ours = unwound ? task_.must_raise() : cancel_asked_ && failure.check<CancelledError>();
    if (ours && !unwound) {
        Cancelled cancelled{std::string(task_.scope().cancel_reason())};
        cancelled.during(phase_of(failure));
        failure = failure.retold(std::make_exception_ptr(std::move(cancelled)));
    } else if (!ours && unwound) {
        failure = as_deferred_failure(failure, core_.created_);
    }
    task_.rethrow(failure);
}

} // namespace corduroy::detail
