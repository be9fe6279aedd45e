#include <corduroy/async/combine/retry_policy.hpp>

#include <corduroy/base/error.hpp>

#include <cmath>

namespace corduroy {

RetryPolicy RetryPolicy::attempts(unsigned count) const {
    if (count == 0) throw Error("a retry policy of 0 attempts would never try");
    RetryPolicy changed(*this);
    changed.attempts_ = count;
    return changed;
}

RetryPolicy RetryPolicy::backoff(Duration initial, double factor, Duration maximum) const {
    if (initial < Duration::zero() || maximum < Duration::zero())
        throw Error("a retry policy cannot wait for less than no time");
    if (!(factor >= 1)) throw Error("a retry policy's delays do not shrink: the factor is at least 1");
    RetryPolicy changed(*this);
    changed.initial_ = initial;
    changed.factor_ = factor;
    changed.maximum_ = maximum;
    return changed;
}

RetryPolicy RetryPolicy::jitter(double fraction) const {
    if (!(fraction >= 0 && fraction <= 1)) throw Error("a retry policy's jitter is a fraction between 0 and 1");
    RetryPolicy changed(*this);
    changed.jitter_ = fraction;
    return changed;
}

RetryPolicy RetryPolicy::within(Duration bound) const {
    RetryPolicy changed(*this);
    changed.bound_ = bound;
    return changed;
}

RetryPolicy RetryPolicy::with(Predicate predicate) const {
    RetryPolicy changed(*this);
    changed.predicate_ = std::move(predicate);
    return changed;
}

RetryPolicy RetryPolicy::with(Hook hook) const {
    RetryPolicy changed(*this);
    changed.hook_ = std::move(hook);
    return changed;
}

RetryPolicy RetryPolicy::remember(std::size_t failures) const {
    RetryPolicy changed(*this);
    changed.remembered_ = failures;
    return changed;
}

Duration RetryPolicy::delay_after(unsigned failed_attempts) const noexcept {
    if (failed_attempts == 0) return Duration::zero();
    double delay = static_cast<double>(initial_.count()) * std::pow(factor_, failed_attempts - 1);
    // Past the maximum it may be more than a Duration holds.
    return delay < static_cast<double>(maximum_.count()) ? Duration(static_cast<Duration::rep>(delay)) : maximum_;
}

} // namespace corduroy
