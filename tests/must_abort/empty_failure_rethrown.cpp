// expect: an empty Failure was asked to throw
// There is nothing to throw.

#include "must_abort/must_abort.hpp"

#include <corduroy/base/failure.hpp>

namespace must_abort::empty_failure_rethrown {

using namespace corduroy;

MUST_ABORT(empty_failure_rethrown) { Failure().rethrow(); }

} // namespace must_abort::empty_failure_rethrown
