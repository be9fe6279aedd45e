#include "kernel/uring_diagnosis.hpp"

#include <cerrno>
#include <fstream>
#include <sys/resource.h>

namespace corduroy::kernel {

namespace {

std::string first_word(const char* path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

bool under_seccomp() {
    std::ifstream status("/proc/self/status");
    for (std::string key, value; status >> key;) {
        std::getline(status, value);
        if (key == "Seccomp:") return value.find('2') != std::string::npos || value.find('1') != std::string::npos;
    }
    return false;
}

std::string memory_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) return "unlimited";
    return std::to_string(limit.rlim_cur / 1024) + " KiB";
}

} // namespace

std::string describe_refusal(int error) {
    std::string setting = first_word("/proc/sys/kernel/io_uring_disabled");
    switch (error) {
    case EPERM:
        if (setting == "2")
            return "the sysctl kernel.io_uring_disabled is 2, which forbids io_uring to everyone; allow it with "
                   "`sysctl "
                   "kernel.io_uring_disabled=0`";
        if (setting == "1")
            return "the sysctl kernel.io_uring_disabled is 1, which forbids io_uring to users outside "
                   "kernel.io_uring_group; join that group, or allow it with `sysctl kernel.io_uring_disabled=0`";
        if (under_seccomp())
            return "a seccomp filter forbids io_uring, as the default profiles of Docker and containerd do; allow "
                   "io_uring_setup, io_uring_enter and io_uring_register in the profile, or run the container with "
                   "`--security-opt seccomp=unconfined`";
        return "the system forbids io_uring to this process; see docs/containers.md";
    case ENOSYS:
        if (under_seccomp())
            return "a seccomp filter or sandbox hides io_uring; allow io_uring_setup, io_uring_enter and "
                   "io_uring_register in its profile";
        return "this kernel or sandbox has no io_uring; Linux 6.1 or later with CONFIG_IO_URING is needed";
    case EINVAL:
        return "this kernel's io_uring is too old; Linux 6.1 or later is needed";
    case ENOMEM:
        return "no memory for the rings; the limit on locked memory (ulimit -l) is " + memory_limit();
    default:
        return {};
    }
}

} // namespace corduroy::kernel
