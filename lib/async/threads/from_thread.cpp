#include <corduroy/async/threads/from_thread.hpp>

#include <corduroy/async/threads/thread_pool.hpp>
#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/error.hpp>

#include <string>

namespace corduroy::from_thread {

ThreadJob& detail::job(const char* asked) {
    if (current_step.job == nullptr)
        throw Error(std::string(asked) +
                    " was called on a thread that run_in_thread did not give work to; blocking_call_from_thread and "
                    "Reactor::call_from_thread are for other threads");
    return *current_step.job;
}

Reactor& reactor() { return detail::job("from_thread::reactor").pool().reactor(); }

bool cancelled() { return detail::job("from_thread::cancelled").cancel_asked(); }

void check_cancelled() {
    if (detail::job("from_thread::check_cancelled").cancel_asked()) throw Cancelled();
}

} // namespace corduroy::from_thread
