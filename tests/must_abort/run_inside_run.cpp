// expect: run was called on a thread where a reactor runs already
// A coroutine awaits; it does not run another loop.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/run.hpp>

namespace must_abort::run_inside_run {

using namespace corduroy;

namespace {

Task<> nothing() { co_return; }

Task<> careless() {
    run(nothing());
    co_return;
}

} // namespace

MUST_ABORT(run_inside_run) { run(careless()); }

} // namespace must_abort::run_inside_run
