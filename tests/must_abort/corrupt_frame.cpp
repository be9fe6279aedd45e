// expect: this compiler laid a coroutine's frame out wrongly
// compilers: gcc12
// GCC 12 miscompiles a coroutine that awaits in a condition and has no local variable.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/run.hpp>

namespace must_abort::corrupt_frame {

using namespace corduroy;

namespace {

Task<bool> yes() { co_return true; }

Task<> careless() {
    if (co_await yes()) co_return;
}

} // namespace

MUST_ABORT(corrupt_frame) { run(careless()); }

} // namespace must_abort::corrupt_frame
