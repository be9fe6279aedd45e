// expect: (no matching function|no type named|constraints not satisfied|not a Task)
// A generator cannot be the body of a time-out or a group: it would yield to a consumer outside.

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/async/timeout.hpp>

using namespace corduroy;
using namespace std::chrono_literals;

AsyncGenerator<int> count() { co_yield 1; }

Task<> careless() { co_await timeout(1s, count()); }
