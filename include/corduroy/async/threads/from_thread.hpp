#pragma once

#include <corduroy/async/threads/blocking_call.hpp>
#include <corduroy/async/threads/thread_job.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <functional>
#include <utility>

// What a function that `run_in_thread` runs in a thread may ask of the reactor that waits for it (trio's from_thread).
// On any other thread each throws Error.
namespace corduroy::from_thread {

// The reactor: for its `call_from_thread`, not to be touched otherwise.
Reactor& reactor();

// Whether the await of this function was cancelled, so that it should end soon; and the same as a checkpoint, which
// throws `Cancelled`. They take no more than a look at an atomic.
bool cancelled();
void check_cancelled();

namespace detail {
ThreadJob& job(const char* asked);
}

// Has `f(arguments…)` called on the reactor's thread and waits for what it gives: a value, or a Task or Deferred, for
// whose value it waits in turn. Gives the value, or throws what was thrown there. A Task runs in the task group that is
// ambient where `run_in_thread` is awaited, and when that await is cancelled, it is cancelled, and `Cancelled` is
// thrown here, now and at each call from then on. (trio's from_thread.run and run_sync.)
template <class F, class... Arguments>
auto run(F&& f, Arguments&&... arguments) {
    ThreadJob& job = detail::job("from_thread::run");
    auto call = [&] { return std::invoke(std::forward<F>(f), std::forward<Arguments>(arguments)...); };
    return corduroy::detail::BlockingCallOf("from_thread::run", &job, call).call(reactor());
}

} // namespace corduroy::from_thread
