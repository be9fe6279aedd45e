// expect: no matching function for call to .ensure_deferred
// A Deferred is made of what can be awaited (Twisted's NotACoroutineError); of a value it is made by succeed.

#include <corduroy/async/deferred/ensure_deferred.hpp>

void careless() { auto deferred = corduroy::ensure_deferred(42); }
