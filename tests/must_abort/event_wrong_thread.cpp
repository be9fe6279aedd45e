// expect: an Event was used from a thread that is not its own; call_from_thread is the way in from another thread
// A primitive belongs to one thread (law 1).

#include <corduroy/async/sync/event.hpp>

#include <thread>

using namespace corduroy;

int main() {
    Event event;
    event.set();
    std::thread other([&] { event.set(); });
    other.join();
}
