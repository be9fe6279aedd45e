// expect: a CapacityLimiter was destroyed while tokens of it are held, 1 of 2
// The token would be given back to what is no more.

#include <corduroy/async/sync/capacity_limiter.hpp>

#include <optional>

using namespace corduroy;

int main() {
    std::optional<CapacityLimiter> limiter(std::in_place, 2);
    auto token = limiter->try_acquire();
    limiter.reset();
}
