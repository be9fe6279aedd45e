// expect: a Semaphore was destroyed while tokens of it are held, 1 of 2
// The token would be given back to what is no more.

#include <corduroy/async/sync/semaphore.hpp>

#include <optional>

using namespace corduroy;

int main() {
    std::optional<Semaphore> semaphore(std::in_place, 2);
    auto token = semaphore->try_acquire();
    semaphore.reset();
}
