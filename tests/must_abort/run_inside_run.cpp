// expect: run was called on a thread where a reactor runs already
// A coroutine awaits; it does not run another loop.

#include <corduroy/async/run.hpp>

using namespace corduroy;

namespace {

Task<> nothing() { co_return; }

Task<> careless() {
    run(nothing());
    co_return;
}

} // namespace

int main() { run(careless()); }
