#pragma once

#include <corduroy/async/task_local.hpp>

namespace corduroy::sim {

struct HostRecord;

// The host on which a Task runs; null for the program under test.
extern const TaskLocal<HostRecord*> ambient_host;

} // namespace corduroy::sim
