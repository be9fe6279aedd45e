#pragma once

#include <corduroy/async/root_task.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy {

// Runs one Task, or what turns into one, on a given reactor and returns its value or throws what it threw; background
// work and the reactor's services have ended by then, and the shutdown triggers have been called. Where `Reactor::stop`
// was called, main is cancelled and joined, and CancelledError is thrown. The reactor can be used again.
template <IntoTask Awaitable>
task_value_t<Awaitable> run(Reactor& reactor, Awaitable&& awaitable) {
    auto task = to_task(std::forward<Awaitable>(awaitable));
    RootTask root(reactor, task.promise());
    root.run();
    if (Failure failure = root.failure()) failure.rethrow();
    return task.promise().take_value();
}

// The same on a reactor of its own, on this thread: `std::string body = corduroy::run(read_page(url));`, in any
// program. No signal is touched. May not be called while a reactor runs on this thread: await there instead.
template <IntoTask Awaitable>
task_value_t<Awaitable> run(Awaitable&& awaitable) {
    Reactor reactor;
    return run(reactor, std::forward<Awaitable>(awaitable));
}

} // namespace corduroy
