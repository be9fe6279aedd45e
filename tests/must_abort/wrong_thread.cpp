// expect: a reactor was used from a thread that is not its own
// call_from_thread is the one door (law 1).

#include "must_abort/must_abort.hpp"

#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <thread>

namespace must_abort::wrong_thread {

MUST_ABORT(wrong_thread) {
    corduroy::Reactor reactor;
    std::thread other([&] { reactor.call_later(std::chrono::seconds(1), [] {}); });
    other.join();
}

} // namespace must_abort::wrong_thread
