#include <corduroy/async/combine/bounded_run.hpp>

#include <corduroy/base/error.hpp>

namespace corduroy::detail {

void raise_limit_of_zero() { throw Error("a limit of 0 at once would let none of the range run"); }

} // namespace corduroy::detail
