#include <corduroy/async/combine/settle.hpp>

#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy::detail {

Settlement::Settlement(std::optional<Duration> bound, JoinSet::Until until) : bound_(bound), set_(until) {
    if (bound_) set_.scope().set_deadline(Reactor::current().now() + *bound_);
}

Failure Settlement::explain(const Failure& failure) const {
    return set_.scope().deadline_passed() ? timed_out(failure, *bound_) : failure;
}

Failure Settlement::never_begun() const { return Failure::of(TimeoutError("waiting for its turn", *bound_)); }

} // namespace corduroy::detail
