// expect: a timer was destroyed while it was armed
// The queue would be left pointing at it.

#include <corduroy/reactor/timer_queue.hpp>

using namespace corduroy;

int main() {
    TimerQueue queue;
    TimerNode timer([](TimerNode&) noexcept {});
    queue.set(timer, TimePoint(Duration(1)));
}
