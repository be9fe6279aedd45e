// expect: a Lock was destroyed while it is held, since .*lock_destroyed_while_held.cpp:15
// The guard would release what is no more.

#include <corduroy/async/sync/lock.hpp>
#include <corduroy/testing/run.hpp>

#include <optional>

using namespace corduroy;

namespace {

Task<> careless() {
    std::optional<Lock> lock(std::in_place);
    auto guard = co_await lock->acquire();
    lock.reset();
}

} // namespace

int main() { sim::run(careless); }
