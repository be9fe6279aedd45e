// expect: yield_value
// What opens a scope takes a Task, and a Task does not yield: a consumer never runs inside a scope of its generator's.

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/task_group.hpp>

using namespace corduroy;

AsyncGenerator<int> careless() {
    auto body = [](TaskGroup&) -> Task<> { co_yield 1; };
    co_await with_task_group(body);
}
