// expect: a Task was destroyed while it was running
// A frame with an operation in flight is never destroyed (law 2).

#include "must_abort/must_abort.hpp"

#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

namespace must_abort::running_task_destroyed {

using namespace corduroy;
using namespace std::chrono_literals;

namespace {

Task<> wait() { co_await sleep(1h); }

class Owner final : public TaskOwner {
public:
    void task_ended(TaskPromiseBase&) noexcept override {}
};

Task<> careless() {
    Owner owner;
    Task<> task = wait();
    task.promise().start_owned(owner, *CancelScope::current());
    co_await yield_now();
}

} // namespace

MUST_ABORT(running_task_destroyed) { run(careless()); }

} // namespace must_abort::running_task_destroyed
