// expect: an Event was used from a thread that is not its own; call_from_thread is the way in from another thread
// A primitive belongs to one thread (law 1).

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sync/event.hpp>

#include <thread>

namespace must_abort::event_wrong_thread {

using namespace corduroy;

MUST_ABORT(event_wrong_thread) {
    Event event;
    event.set();
    std::thread other([&] { event.set(); });
    other.join();
}

} // namespace must_abort::event_wrong_thread
