#include <corduroy/async/sync/wait_queue.hpp>

#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include <string>

namespace corduroy {

void WaitQueueBase::bind_to_thread() noexcept {
    if (thread_ != nullptr)
        fatal(std::string(primitive_) + " was used from a thread that is not its own; call_from_thread is the way in " +
              "from another thread");
    thread_ = &current_step;
}

void WaitQueueBase::destroyed_while_awaited() noexcept {
    std::string who = size_ == 1 ? "a coroutine waits for it" : std::to_string(size_) + " coroutines wait for it";
    fatal(std::string(primitive_) + " was destroyed while " + who + ", " + (size_ == 1 ? "" : "the first ") + "at " +
          site_text(first().site()));
}

} // namespace corduroy
