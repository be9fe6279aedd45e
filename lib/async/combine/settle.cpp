#include <corduroy/async/combine/settle.hpp>

#include <corduroy/async/scope_deadline.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy::detail {

Settlement::Settlement(std::optional<Duration> bound, JoinSet::Until until) : bound_(bound), set_(until) {
    if (bound_) ScopeDeadline(*bound_).start(set_.scope());
}

Failure Settlement::explain(const Failure& failure) const {
    return set_.scope().deadline_passed() ? timed_out(failure, *bound_) : failure;
}

Failure Settlement::never_begun() const { return Failure::of(TimeoutError("waiting for its turn", *bound_)); }

} // namespace corduroy::detail
