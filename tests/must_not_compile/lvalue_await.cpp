// expect: deleted
// A Task is awaited once, so it is given away: co_await std::move(task).

#include <corduroy/async/task.hpp>

corduroy::Task<> careless(corduroy::Task<> task) { co_await task; }
