// expect: it is given back at once when nothing holds it
// compilers: clang
// The lock would be released again before the next statement. GCC 12 does not see it.

#include <corduroy/async/sync/lock.hpp>

corduroy::Task<> careless(corduroy::Lock& lock) { co_await lock.acquire(); }
