#include <corduroy/async/combine/settle.hpp>

#include <corduroy/async/timeout.hpp>

namespace corduroy::detail {

Settlement::Settlement(std::optional<Duration> bound) : bound_(bound) {
    if (bound_) set_.scope().set_deadline(Reactor::current().now() + *bound_);
}

Failure Settlement::explain(const Failure& failure) const {
    return set_.scope().deadline_passed() ? timed_out(failure, *bound_) : failure;
}

} // namespace corduroy::detail
