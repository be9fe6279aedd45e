// expect: a CapacityLimiter was destroyed while tokens of it are held, 1 of 2
// The token would be given back to what is no more.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sync/capacity_limiter.hpp>

#include <optional>

namespace must_abort::limiter_destroyed_while_held {

using namespace corduroy;

MUST_ABORT(limiter_destroyed_while_held) {
    std::optional<CapacityLimiter> limiter(std::in_place, 2);
    auto token = limiter->try_acquire();
    limiter.reset();
}

} // namespace must_abort::limiter_destroyed_while_held
