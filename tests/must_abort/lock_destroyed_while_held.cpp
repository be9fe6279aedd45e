// expect: a Lock was destroyed while it is held, since .*lock_destroyed_while_held.cpp:19
// The guard would release what is no more.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sync/lock.hpp>
#include <corduroy/testing/run.hpp>

#include <optional>

namespace must_abort::lock_destroyed_while_held {

using namespace corduroy;

namespace {

Task<> careless() {
    std::optional<Lock> lock(std::in_place);
    auto guard = co_await lock->acquire();
    lock.reset();
}

} // namespace

MUST_ABORT(lock_destroyed_while_held) { sim::run(careless); }

} // namespace must_abort::lock_destroyed_while_held
