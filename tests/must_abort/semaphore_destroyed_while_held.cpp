// expect: a Semaphore was destroyed while tokens of it are held, 1 of 2
// The token would be given back to what is no more.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sync/semaphore.hpp>

#include <optional>

namespace must_abort::semaphore_destroyed_while_held {

using namespace corduroy;

MUST_ABORT(semaphore_destroyed_while_held) {
    std::optional<Semaphore> semaphore(std::in_place, 2);
    auto token = semaphore->try_acquire();
    semaphore.reset();
}

} // namespace must_abort::semaphore_destroyed_while_held
