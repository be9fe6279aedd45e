#include <corduroy/async/combine/rate_limiter.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace corduroy {

namespace {

std::string tokens_text(std::size_t tokens) { return std::to_string(tokens) + (tokens == 1 ? " token" : " tokens"); }

} // namespace

RateLimiter::RateLimiter(std::size_t rate, Duration per, std::size_t burst) {
    configure(rate, per, burst);
    level_ = parts(burst_);
}

RateLimiter::~RateLimiter() {
    if (waiting_ != 0) fatal("a RateLimiter was destroyed while Tasks wait for its tokens");
}

bool RateLimiter::try_acquire(std::size_t tokens) {
    if (tokens > burst_) raise_impossible(tokens, burst_);
    return take(tokens);
}

void RateLimiter::set_rate(std::size_t rate, Duration per) {
    refill();
    Parts old_per = per_;
    configure(rate, per, burst_);
    // Whole tokens stay exactly, and the part of one as exactly as can be counted.
    auto part =
        static_cast<long double>(level_ % old_per) * static_cast<long double>(per_) / static_cast<long double>(old_per);
    level_ = level_ / old_per * per_ + static_cast<Parts>(part);
    if (waiting_ != 0) set_timer();
}

void RateLimiter::set_burst(std::size_t burst) {
    refill();
    configure(static_cast<std::size_t>(rate_), Duration(per_), burst);
    level_ = std::min(level_, parts(burst_));
    queue_.for_each([this](Acquiring& acquiring) {
        if (!acquiring.refuse_beyond(burst_)) return;
        leave(acquiring);
        acquiring.resume();
    });
}

std::size_t RateLimiter::available() {
    refill();
    return static_cast<std::size_t>(level_ / per_);
}

bool RateLimiter::idle() { return waiting_ == 0 && available() == burst_; }

void RateLimiter::configure(std::size_t rate, Duration per, std::size_t burst) {
    if (rate == 0 || per <= Duration::zero() || burst == 0)
        throw Error("a RateLimiter lets at least 1 token through, in a time above zero, and holds at least 1: not " +
                    std::to_string(rate) + " in " + duration_text(per) + " with a burst of " + std::to_string(burst));
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Parts>::max());
    std::uint64_t common = std::gcd<std::uint64_t>(rate, static_cast<std::uint64_t>(per.count()));
    std::uint64_t reduced_rate = rate / common;
    std::uint64_t reduced_per = static_cast<std::uint64_t>(per.count()) / common;
    // A full bucket, and what comes in a nanosecond beside it, can be counted.
    if (reduced_rate > most || burst >= (most - reduced_rate) / reduced_per)
        throw Error("a RateLimiter cannot count " + std::to_string(rate) + " in " + duration_text(per) +
                    " with a burst of " + std::to_string(burst) + ": the numbers are too large");
    rate_ = static_cast<Parts>(reduced_rate);
    per_ = static_cast<Parts>(reduced_per);
    burst_ = burst;
}

// Without a reactor no time passes: the bucket is as it was.
void RateLimiter::refill() noexcept {
    Reactor* reactor = Reactor::current_or_null();
    if (reactor == nullptr) return;
    Duration passed = reactor->now() - std::exchange(refilled_, reactor->now());
    Parts missing = std::max<Parts>(parts(burst_) - level_, 0);
    // In the very nanosecond in which the bucket gets full, the rest of that nanosecond is not lost: rates that do not
    // divide the time would drift. What comes later runs over.
    if (passed > time_for(missing))
        level_ = parts(burst_);
    else
        level_ = std::min(level_ + std::max<Parts>(passed.count(), 0) * rate_, parts(burst_) + per_ - 1);
}

bool RateLimiter::take(std::size_t tokens) noexcept {
    if (waiting_ != 0) return false;
    refill();
    if (level_ < parts(tokens)) return false;
    level_ -= parts(tokens);
    return true;
}

void RateLimiter::raise_impossible(std::size_t tokens, std::size_t burst) {
    throw Error("taking " + tokens_text(tokens) + " from a RateLimiter with a burst of " + std::to_string(burst) +
                " is never possible");
}

void RateLimiter::enqueue(Acquiring& acquiring) noexcept {
    queue_.push_back(acquiring);
    if (++waiting_ == 1) set_timer();
}

void RateLimiter::leave(Acquiring& acquiring) noexcept {
    bool first = &acquiring == &queue_.front();
    acquiring.ListNode<>::unlink();
    --waiting_;
    if (first) set_timer();
}

// Those who have been cancelled have left: the timer serves in a turn of its own, so that a cancellation which has yet
// to reach others in the queue finds them there.
void RateLimiter::serve() noexcept {
    refill();
    while (waiting_ != 0 && level_ >= parts(queue_.front().tokens_)) {
        Acquiring& served = queue_.pop_front();
        --waiting_;
        level_ -= parts(served.tokens_);
        served.resume();
    }
    if (waiting_ != 0) set_timer();
}

// For when the first in the queue can be served; that may be now.
void RateLimiter::set_timer() noexcept {
    Reactor& reactor = Reactor::current();
    if (waiting_ == 0) return reactor.cancel_timer(timer_);
    Parts missing = std::max<Parts>(parts(queue_.front().tokens_) - level_, 0);
    reactor.set_timer(timer_, later(refilled_, time_for(missing)));
}

RateLimiter::Timer::Timer(RateLimiter& owner) noexcept
    : TimerNode([](TimerNode& timer) noexcept { static_cast<Timer&>(timer).limiter.serve(); }), limiter(owner) {}

void RateLimiter::Acquiring::cancel(Waiter& waiter) noexcept {
    auto& self = static_cast<Acquiring&>(waiter);
    self.limiter_.leave(self);
    self.cancelled();
}

std::string RateLimiter::Acquiring::waits_for() const {
    return tokens_text(tokens_) + " of a rate limiter for which " + std::to_string(limiter_.waiting_) + " wait";
}

} // namespace corduroy
