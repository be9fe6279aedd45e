// expect: a Task does nothing until it is awaited or spawned
// A Task that is neither awaited nor spawned would silently do nothing.

#include <corduroy/async/task.hpp>

corduroy::Task<> work() { co_return; }

corduroy::Task<> careless() {
    work();
    co_return;
}
