// expect: a Deferred was used from a thread that is not its own
// A Deferred belongs to the thread of its reactor (law 1).

#include "must_abort/must_abort.hpp"

#include <corduroy/async/deferred/deferred.hpp>

#include <thread>

namespace must_abort::deferred_wrong_thread {

MUST_ABORT(deferred_wrong_thread) {
    corduroy::Deferred<> deferred;
    std::thread other([&] { deferred.callback(); });
    other.join();
}

} // namespace must_abort::deferred_wrong_thread
