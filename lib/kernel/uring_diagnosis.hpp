#pragma once

#include <string>

namespace corduroy::kernel {

// One sentence on why io_uring_setup(2) gave `error` (a positive errno), and the way out, found from the sysctl and
// from /proc/self/status.
std::string describe_refusal(int error);

} // namespace corduroy::kernel
