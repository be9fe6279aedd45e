#include <corduroy/async/adapt/foreign_wait.hpp>

#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

namespace corduroy::detail {

ForeignWait::ForeignWait(std::string_view what, UniqueFunction<void()> canceller)
    : Suspension([](Waiter& waiter) noexcept { static_cast<ForeignWait&>(waiter).ask_cancel(); }),
      Ready([](Ready& ready) noexcept {
          auto& self = static_cast<ForeignWait&>(ready);
          self.queued_ = false;
          self.look();
      }),
      Posted([](Posted& posted) noexcept {
          auto& self = static_cast<ForeignWait&>(posted);
          self.posted_ = true;
          if (!self.queued_) self.look();
      }),
      what_(what), canceller_(std::move(canceller)) {}

void ForeignWait::arrived() noexcept {
    if (told_.exchange(true, std::memory_order_acq_rel)) fatal("foreign code told twice of the end of one thing");
    reactor_.post(*this);
    left_.store(true, std::memory_order_release);
}

void ForeignWait::raise(const Failure& failure) const {
    if (gave_up_) current_step.task->raise();
    current_step.task->rethrow(failure);
}

void ForeignWait::ask_cancel() noexcept {
    cancel_asked_ = true;
    look_again();
}

void ForeignWait::look_again() noexcept {
    if (!std::exchange(queued_, true)) reactor_.enqueue(*this);
}

void ForeignWait::look() noexcept {
    if (std::exchange(cancel_asked_, false) && !posted_ && canceller_) {
        gave_up_ = true;
        try {
            std::exchange(canceller_, {})();
        } catch (...) {
            reactor_.report_unhandled(Failure::current(),
                                      text_or_no_memory([&] { return "the canceller of " + std::string(what_); }));
        }
    }
    if (!posted_) return;
    // The other thread has posted, but may still be in there, waking the reactor: neither this nor the reactor may go.
    if (!left_.load(std::memory_order_acquire)) return look_again();
    over_ = true;
    if (waiting()) resume();
}

} // namespace corduroy::detail
