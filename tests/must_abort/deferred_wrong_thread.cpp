// expect: a Deferred was used from a thread that is not its own
// A Deferred belongs to the thread of its reactor (law 1).

#include <corduroy/async/deferred/deferred.hpp>

#include <thread>

int main() {
    corduroy::Deferred<> deferred;
    std::thread other([&] { deferred.callback(); });
    other.join();
}
