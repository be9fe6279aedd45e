#include <corduroy/async/interval.hpp>

namespace corduroy {

Interval::Interval(Duration interval, bool now) : interval_(interval), start_(clock()), at_once_(now) {
    if (interval < Duration::zero())
        throw Error("an interval cannot be negative, and " + duration_text(interval) + " was asked for");
    last_ = now ? start_ - interval : start_;
}

void Interval::reset() {
    start_ = clock();
    at_once_ = false;
    if (waiting_ != nullptr && waiting_->waiting()) Reactor::current().set_timer(*waiting_, following());
}

// How many intervals are complete at a time is rounded towards the start, on both sides of it, as LoopingCall.withCount
// does it.
std::int64_t Interval::take() noexcept {
    at_once_ = false;
    if (interval_ == Duration::zero()) return 1;
    TimePoint now = clock();
    std::int64_t count = number(now) - number(last_);
    last_ = now;
    return count;
}

TimePoint Interval::following() const noexcept {
    TimePoint now = clock();
    return interval_ == Duration::zero() ? now : later(now, interval_ - (now - start_) % interval_);
}

void Interval::wake() noexcept {
    if (waiting_ == nullptr || !waiting_->waiting()) return;
    Reactor::current().cancel_timer(*waiting_);
    waiting_->resume();
}

bool Interval::Waiting::await_ready() const {
    if (ticks_.waiting_ != nullptr)
        throw Error("two coroutines cannot wait for the same Interval: let one hand the ticks on");
    return ticks_.at_once_;
}

void Interval::Waiting::begin() noexcept {
    ticks_.waiting_ = this;
    Reactor::current().set_timer(*this, ticks_.following());
}

void Interval::Waiting::end() noexcept {
    if (ticks_.waiting_ == this) ticks_.waiting_ = nullptr;
}

void Interval::Waiting::cancel(Waiter& waiter) noexcept {
    auto& self = static_cast<Waiting&>(waiter);
    Reactor::current().cancel_timer(self);
    self.cancelled();
}

} // namespace corduroy
