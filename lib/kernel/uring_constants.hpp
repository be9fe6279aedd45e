#pragma once

#include <liburing.h>

// Numbers of the kernel's interface that are newer than the oldest liburing we build with (2.3), from
// include/uapi/linux/io_uring.h.
namespace corduroy::kernel::uring {

inline constexpr unsigned feature_bundles = 1U << 14;     // Linux 6.10; socket commands (6.7) were there before
inline constexpr unsigned feature_min_timeout = 1U << 15; // Linux 6.12; absolute wait deadlines came with it
inline constexpr unsigned feature_no_iowait = 1U << 17;   // Linux 6.15
inline constexpr unsigned enter_absolute_timer = 1U << 5;
inline constexpr unsigned enter_no_iowait = 1U << 7;
inline constexpr unsigned setup_no_sqarray = 1U << 16;
inline constexpr unsigned socket_command_set_option = 3;

} // namespace corduroy::kernel::uring
