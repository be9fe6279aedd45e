// expect: a ResourceGuard was destroyed during the use that began at .*guarded_destroyed_while_used.cpp:16
// The use would end in what is no more.

#include "must_abort/must_abort.hpp"

#include <corduroy/async/sync/resource_guard.hpp>

#include <optional>

namespace must_abort::guarded_destroyed_while_used {

using namespace corduroy;

MUST_ABORT(guarded_destroyed_while_used) {
    std::optional<ResourceGuard> guard(std::in_place);
    auto use = guard->enter("read");
    guard.reset();
}

} // namespace must_abort::guarded_destroyed_while_used
