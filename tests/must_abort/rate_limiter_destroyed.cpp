// expect: a RateLimiter was destroyed while Tasks wait for its tokens
// Those who wait would wait for ever, and leave a queue that is gone.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/combine/rate_limiter.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>

#include <optional>
#include <utility>

namespace must_abort::rate_limiter_destroyed {

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> careless(TaskGroup& group) {
    std::optional<RateLimiter> limiter(std::in_place, 1, 1h);
    co_await limiter->acquire();
    group.spawn(limiter->acquire());
    co_await yield_now();
    limiter.reset();
}

} // namespace

MUST_ABORT(rate_limiter_destroyed) { run(with_task_group(careless)); }

} // namespace must_abort::rate_limiter_destroyed
