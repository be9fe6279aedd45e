#pragma once

#include <corduroy/async/threads/blocking_call.hpp>

#include <functional>
#include <utility>

namespace corduroy {

// Has `f(arguments…)` called on a reactor's thread, from another one, and waits for what it gives: a value, or a Task
// or Deferred, for whose value it waits in turn. Gives the value, or throws what was thrown there. (Twisted's
// blockingCallFromThread.)
//
// A Task is background work of the reactor's root group, whose end waits for it; where that cancels it, CancelledError
// is thrown here. It waits for a reactor that is yet to run. Where the reactor has stopped, or stops before it has come
// to the call, ReactorStopped is thrown. On a reactor's own thread, its own or another's, it would block the loop, and
// throws Error. The reactor must exist until it has returned. In a function that `run_in_thread` runs
// `from_thread::run` is what is wanted, which is cancelled with it.
template <class F, class... Arguments>
auto blocking_call_from_thread(Reactor& reactor, F&& f, Arguments&&... arguments) {
    auto call = [&] { return std::invoke(std::forward<F>(f), std::forward<Arguments>(arguments)...); };
    return detail::BlockingCallOf("blocking_call_from_thread", nullptr, call).call(reactor);
}

} // namespace corduroy
