#include <corduroy/async/sync/condition.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>

#include <algorithm>

namespace corduroy {

void Condition::notify(std::size_t count) noexcept {
    waits_.check_thread();
    for (count = std::min(count, waiting()); count > 0; --count) {
        Waiting& wait = waits_.take_first();
        wait.notified_ = true;
        wait.queue_for_lock();
    }
}

bool Condition::Waiting::await_ready() {
    condition_.waits_.check_thread();
    if (!guard_) throw Error("wait for a Condition at " + site_text(site_) + " without holding a Lock");
    return false;
}

void Condition::Waiting::cancel(Waiter& waiter) noexcept {
    auto& self = static_cast<Waiting&>(waiter);
    if (self.notified_) return; // it waits for the lock alone, and goes on when it has it
    self.leave_queue();
    self.gave_up_ = true;
    self.queue_for_lock();
}

} // namespace corduroy
