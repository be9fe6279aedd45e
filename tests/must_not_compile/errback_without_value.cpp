// expect: an errback returns what stands for the value of its Deferred
// The chain goes on with the value of a Deferred<T>, so an errback must give one.

#include <corduroy/async/deferred/deferred.hpp>

void careless(corduroy::Deferred<int> deferred) {
    deferred.add_errback([](const corduroy::Failure&) {});
}
