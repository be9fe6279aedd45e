#include <corduroy/async/sync/lock.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

namespace corduroy {

Lock::~Lock() {
    if (held_) fatal("a Lock was destroyed while it is held, since " + site_text(site_));
}

void Lock::grant_or_queue(Waiting& wait) noexcept {
    if (held_)
        waits_.add(wait);
    else
        grant(wait);
}

void Lock::grant(Waiting& wait) noexcept {
    held_ = true;
    holder_ = wait.task_;
    site_ = wait.site_;
    if (wait.gave_up_)
        wait.cancelled();
    else
        wait.resume();
}

std::string Lock::Waiting::lock_in_words() const { return "a Lock that is held since " + site_text(lock_->site_); }

void Lock::refuse_holder(const std::source_location& site) const {
    throw Error("acquire of a Lock at " + site_text(site) + " by the task that holds it since " + site_text(site_) +
                ": it would wait for itself");
}

} // namespace corduroy
