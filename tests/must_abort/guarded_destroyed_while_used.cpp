// expect: a ResourceGuard was destroyed during the use that began at .*guarded_destroyed_while_used.cpp:12
// The use would end in what is no more.

#include <corduroy/async/sync/resource_guard.hpp>

#include <optional>

using namespace corduroy;

int main() {
    std::optional<ResourceGuard> guard(std::in_place);
    auto use = guard->enter("read");
    guard.reset();
}
