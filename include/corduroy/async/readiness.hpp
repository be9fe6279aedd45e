#pragma once

#include <corduroy/async/task.hpp>

namespace corduroy {

// Resume when a descriptor that is not ours can be read (or written) without blocking, or has failed or hung up; gives
// the poll(2) events. Both throw IoError. The descriptor stays the caller's and must stay open until they have ended;
// cancelling ends them.
Task<unsigned> readable(int fd);
Task<unsigned> writable(int fd);

} // namespace corduroy
