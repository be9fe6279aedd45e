// expect: a Queue was destroyed while 2 coroutines wait for it, the first at .*queue_destroyed_while_awaited.cpp:19
// Whoever waits in it would never be woken.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sleep.hpp>
#include <corduroy/async/sync/queue.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/testing/run.hpp>

#include <optional>

namespace must_abort::queue_destroyed_while_awaited {

using namespace corduroy;

namespace {

Task<> wait(Queue<int>& queue) { static_cast<void>(co_await queue.get()); }

Task<> careless() {
    std::optional<Queue<int>> queue(std::in_place);
    auto body = [&](TaskGroup& group) -> Task<> {
        group.spawn(wait(*queue));
        group.spawn(wait(*queue));
        co_await yield_now();
        queue.reset();
    };
    co_await with_task_group(body);
}

} // namespace

MUST_ABORT(queue_destroyed_while_awaited) { sim::run(careless); }

} // namespace must_abort::queue_destroyed_while_awaited
