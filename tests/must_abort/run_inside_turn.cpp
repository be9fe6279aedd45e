// expect: a reactor was run inside one of its own turns
// Twisted's ReactorAlreadyRunning.

#include "must_abort/must_abort.hpp"

#include <corduroy/reactor/reactor.hpp>

#include <chrono>

namespace must_abort::run_inside_turn {

MUST_ABORT(run_inside_turn) {
    corduroy::Reactor reactor;
    reactor.call_later(std::chrono::seconds(0), [&] { reactor.run(); });
    reactor.run();
}

} // namespace must_abort::run_inside_turn
