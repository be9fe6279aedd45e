// expect: a SignalReceiver was destroyed while a coroutine waited for it
// Who waits must be cancelled, and have ended, first.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/combine/gather.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/os/signal_receiver.hpp>

#include <csignal>
#include <optional>

namespace must_abort::signal_receiver_destroyed {

using namespace corduroy;

namespace {

Task<> destroy(std::optional<SignalReceiver>& signals) {
    co_await yield_now();
    signals.reset();
}

Task<> receive() {
    std::optional<SignalReceiver> signals(std::in_place, SIGUSR1);
    co_await gather(signals->next(), destroy(signals));
}

} // namespace

MUST_ABORT(signal_receiver_destroyed) { run(receive()); }

} // namespace must_abort::signal_receiver_destroyed
