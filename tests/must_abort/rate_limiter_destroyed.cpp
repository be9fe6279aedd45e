// expect: a RateLimiter was destroyed while Tasks wait for its tokens
// Those who wait would wait for ever, and leave a queue that is gone.

#include <corduroy/async/combine/rate_limiter.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/task_group.hpp>

#include <optional>
#include <utility>

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

int main() { run(with_task_group(careless)); }
