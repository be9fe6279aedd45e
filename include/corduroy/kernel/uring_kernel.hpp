#pragma once

#include <corduroy/kernel/kernel.hpp>

#include <memory>

namespace corduroy::kernel {

// Sizes of the real ring. The defaults suit a client or server of some ten thousand connections.
struct UringOptions {
    unsigned submission_entries = 256; // bounds one batch, not the operations in flight
    unsigned completion_entries = 4096;
    unsigned buffers = 256; // provided buffers for receiving, a power of two; memory is touched as it is used
    unsigned buffer_size = 8192;
};

// The kernel on io_uring (Linux 6.1 and later). Throws IoError where the system has none to give, with the reason and
// the way out: a container's seccomp profile, the sysctl kernel.io_uring_disabled, an old kernel. It must be used by
// the thread that made it.
std::unique_ptr<Kernel> make_uring_kernel(const UringOptions& options = {});

} // namespace corduroy::kernel
