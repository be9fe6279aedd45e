#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/async/threads/run_in_thread.hpp>
#include <corduroy/base/error.hpp>

#include <chrono>
#include <future>
#include <utility>

namespace corduroy {

namespace detail {

template <class T, class Future>
Task<T> await_future(Future future) {
    if (!future.valid()) throw Error("from_future was given a future that has no result to come, or gave it before");
    if (future.wait_for(std::chrono::seconds(0)) == std::future_status::ready) co_return future.get();
    auto get = [](Future future) -> T { return future.get(); };
    auto waiting = run_in_thread(get, std::move(future)).abandon_on_cancel();
    co_return co_await std::move(waiting);
}

} // namespace detail

// A Task of a std::future: its value, or what it throws. (Twisted's fromFuture.)
//
//     int answer = co_await from_future(std::async(std::launch::async, compute));
//
// A future can only be waited for by blocking: unless its result is there already, one of the threads of the reactor's
// ThreadPool does that, and there it is also where a deferred function, of std::launch::deferred, runs. Cancelling lets
// the await end at once and the thread wait on; the result is then dropped, and the reactor's end waits for it.
template <class T>
Task<T> from_future(std::future<T> future) {
    return detail::await_future<T>(std::move(future));
}
// The same of a shared one, whose value is copied.
template <class T>
Task<T> from_future(std::shared_future<T> future) {
    return detail::await_future<T>(std::move(future));
}

} // namespace corduroy
