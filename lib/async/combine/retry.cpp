#include <corduroy/async/combine/retry.hpp>

#include <corduroy/async/scope_deadline.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace corduroy {

namespace {

// A number from [0, 1), of the 53 bits that a double has.
double random_fraction(kernel::Kernel& kernel) {
    std::array<std::byte, sizeof(std::uint64_t)> bytes;
    kernel.random(bytes);
    return static_cast<double>(std::bit_cast<std::uint64_t>(bytes) >> 11) * 0x1p-53;
}

} // namespace

RetryProgress::RetryProgress(const RetryPolicy& policy) : policy_(policy) {
    if (policy_.bound_) ScopeDeadline(*policy_.bound_).start(scope_);
}

Duration RetryProgress::failed(const Failure& failure) {
    ++failed_attempts_;
    if (failure.cancelled()) {
        if (!scope_.deadline_passed() || scope_.enclosing_cancelled()) current_step.task->rethrow(failure);
        give_up(detail::timed_out(failure, *policy_.bound_));
    }
    std::optional<Duration> delay;
    Failure thrown; // by the program's functions
    try {
        delay = delay_before_next(failure);
    } catch (...) {
        thrown = Failure::current();
    }
    if (!delay && !thrown) give_up(failure);
    earlier_.push_back(failure);
    if (earlier_.size() > policy_.remembered_) earlier_.erase(earlier_.begin());
    if (thrown) give_up(std::move(thrown));
    return *delay;
}

// None where there is to be no other attempt.
std::optional<Duration> RetryProgress::delay_before_next(const Failure& failure) {
    if (failed_attempts_ == policy_.attempts_ || scope_.cancelled()) return {};
    if (policy_.predicate_ && !policy_.predicate_(failure)) return {};

    Reactor& reactor = Reactor::current();
    Duration delay = policy_.delay_after(failed_attempts_);
    if (policy_.jitter_ > 0) {
        double less = static_cast<double>(delay.count()) * policy_.jitter_ * random_fraction(reactor.kernel());
        delay -= Duration(static_cast<Duration::rep>(less));
    }
    if (scope_.deadline() && delay >= time_between(reactor.now(), *scope_.deadline())) return {};
    reactor.log(LogLevel::debug, "async", [&] {
        return "attempt " + std::to_string(failed_attempts_) + " failed, another follows in " + duration_text(delay) +
               ": " + failure.message();
    });
    if (policy_.hook_) policy_.hook_(FailedAttempt{failed_attempts_, failure, delay});
    return delay;
}

void RetryProgress::give_up(Failure last) {
    for (Failure& failure : earlier_) last.add_suppressed(std::move(failure));
    current_step.task->rethrow(last);
}

} // namespace corduroy
