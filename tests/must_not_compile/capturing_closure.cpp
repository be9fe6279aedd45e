// expect: name the callable first
// compilers: gcc12
// GCC 12 destroys a capturing closure temporary in a co_await expression twice.

#include <corduroy/async/task_group.hpp>

#include <string>

using namespace corduroy;

Task<> careless(std::string text) {
    co_await with_task_group([text](TaskGroup&) -> Task<> { co_return; });
}
