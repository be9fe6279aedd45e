// expect: a timer was destroyed while it was armed
// The queue would be left pointing at it.

#include "must_abort/must_abort.hpp"

#include <corduroy/reactor/timer_queue.hpp>

namespace must_abort::armed_timer_destroyed {

using namespace corduroy;

MUST_ABORT(armed_timer_destroyed) {
    TimerQueue queue;
    TimerNode timer([](TimerNode&) noexcept {});
    queue.set(timer, TimePoint(Duration(1)));
}

} // namespace must_abort::armed_timer_destroyed
